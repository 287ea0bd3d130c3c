import assert from "node:assert/strict";
import { readWords } from "@/lab/commands/read_words.ts";

Deno.test("readWords() takes the last file, and everything else as overrides in order", () => {
  assert.deepEqual(readWords(["A.b=1", "config=x.yaml", "C.d=config=2", "config=y.yaml"], "run"), {
    configPath: "y.yaml",
    overrides: ["A.b=1", "C.d=config=2"],
  });
  assert.deepEqual(readWords([], "run"), { configPath: null, overrides: [] });
  assert.throws(() => readWords(["config="], "run"), {
    message: 'Cannot run "run": "config=" must name a file, got none',
  });
});
