import assert from "node:assert/strict";
import { extendCommand, routingLines } from "@/deploy/commands/extend.ts";
import { extendWords } from "@/deploy/commands/extend_words.ts";
import { noProgress } from "@/files/progress.ts";
import { createOutput } from "@/lab/commands/output.ts";

Deno.test("extendWords take a number where the command does", () => {
  const numbers = extendWords.options.filter(([, , isNumber]) => isNumber);
  assert.deepEqual(numbers.map(([flags]) => flags), ["--threads <count>"]);
});

Deno.test("extendCommand() needs a model", async () => {
  const complain = () => {};
  const output = createOutput({
    ...{ isJson: false, print: complain, complain, startProgress: noProgress },
  });
  await assert.rejects(extendCommand({ run: "/no/such", photographs: "a", output, complain }), {
    message: 'Cannot load "/no/such/model/model.json": no such file',
  });
});

Deno.test("routingLines() say how it is known, and who goes where", () => {
  const image = { image: "1", split: "test", group: "a", label: "nut", angle: 1 } as const;
  const moved = [{ image, to: "b" }, { image, to: "b" }];
  assert.deepEqual(routingLines({ proven: 3, seen: 2, unknown: 1, hasTest: true, moved }), [
    "Of 6 old training and test images, 3 stay by their stored distances to the keys, 2 were " +
    "looked at again, of 1 nothing is known, since they are not there: 2 go to a new group, " +
    "2 of nut (test) to b.",
  ]);
  assert.deepEqual(routingLines({ proven: 3, seen: 0, unknown: 0, hasTest: false, moved: [] }), [
    "Of 3 old training images, 3 stay by their stored distances to the keys, 0 were looked at " +
    "again: none goes to a new group.",
  ]);
});
