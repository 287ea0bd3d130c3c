import assert from "node:assert/strict";
import { predictCommand } from "@/deploy/commands/predict.ts";
import { predictWords } from "@/deploy/commands/predict_words.ts";
import { noProgress } from "@/files/progress.ts";

Deno.test("predictWords take a number where the command does", () => {
  const numbers = predictWords.options.filter(([, , isNumber]) => isNumber);
  assert.deepEqual(numbers.map(([flags]) => flags), ["--threads <count>"]);
});

Deno.test("predictCommand() opens nothing before it knows what is asked for", async () => {
  const asked = { run: "/no/such", print: () => {}, complain: () => {}, startProgress: noProgress };
  await assert.rejects(predictCommand({ ...asked, photographs: [] }), /photographs must be named/);
  await assert.rejects(
    predictCommand({ ...asked, photographs: ["a.png"], format: "tsv" }),
    /--format must be csv or jsonl, got "tsv"/,
  );
});
