import assert from "node:assert/strict";
import { noProgress } from "@/files/progress.ts";
import { createOutput } from "@/lab/commands/output.ts";

function write(isJson: boolean): { printed: string[]; complained: string[] } {
  const printed: string[] = [], complained: string[] = [];
  const output = createOutput({
    isJson,
    print: (line) => printed.push(line),
    complain: (line) => complained.push(line),
    startProgress: noProgress,
  });
  output.notice("licence");
  output.text("a table");
  output.document({ a: [1] });
  return { printed, complained };
}

Deno.test("createOutput() gives text and notices alone where text is wanted", () => {
  assert.deepEqual(write(false), { printed: ["licence", "a table"], complained: [] });
});

Deno.test("createOutput() gives one document alone, and notices beside it", () => {
  assert.deepEqual(write(true), {
    printed: ['{\n  "a": [\n    1\n  ]\n}'],
    complained: ["licence"],
  });
});
