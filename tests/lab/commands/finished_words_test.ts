import assert from "node:assert/strict";
import { resultsWords, thresholdsWords } from "@/lab/commands/finished_words.ts";

Deno.test("options of commands about finished runs take numbers where the command does", () => {
  const numbers = [resultsWords, thresholdsWords].map(({ options }) =>
    options.filter(([, , isNumber]) => isNumber).map(([flags]) => flags.split(" ")[0])
  );
  assert.deepEqual(numbers, [
    ["--resamples", "--seed"],
    ["--alpha", "--budget", "--per-day", "--cost-miss", "--cost-false-alarm", "--defect-share"],
  ]);
});
