import assert from "node:assert/strict";
import { sortAuditWords } from "@/lab/commands/audit_words.ts";

Deno.test("sortAuditWords() tells files, options and overrides from each other", () => {
  assert.deepEqual(
    sortAuditWords(["a.csv", "class_of=(x)=1", "EVALUATION.alpha=0.1", "DEFAULT.savedir=out"]),
    {
      paths: ["a.csv"],
      overrides: ["EVALUATION.alpha=0.1", "DEFAULT.savedir=out"],
      options: { classOf: "(x)=1" },
    },
  );
  assert.throws(() => sortAuditWords(["MODEL.name=PatchCore"]), {
    message: "Cannot audit scores: an option must be one of reference, format, class_of, folder " +
      'or begin with EVALUATION. or DEFAULT., got "MODEL.name=PatchCore"',
  });
});
