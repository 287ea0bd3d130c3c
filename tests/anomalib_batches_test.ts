import assert from "node:assert/strict";
import { anomalibBatches, textsOf } from "@/anomalib_batches.ts";
import type { PickleObject, PickleValue } from "@/pickle_data.ts";
import { readPickle } from "@/pickle_values.ts";
import { anomalibPickles, bytesOf } from "./helpers_saved.ts";

const source = "a.pt";
const paths = ["data/bolt/test/good/0.png", "data/bolt/test/bent/1.png"];

function assertRefused(value: PickleValue, fault: string): void {
  assert.throws(() => anomalibBatches(value, { source }), {
    name: "SyntaxError",
    message: `Cannot read "a.pt": ${fault}`,
  });
}

Deno.test("anomalibBatches() finds batches and items in what was saved", () => {
  const images = (name: keyof typeof anomalibPickles) =>
    anomalibBatches(readPickle(bytesOf(anomalibPickles[name]), { source }), { source })
      .map((batch) => batch.images);
  assert.deepEqual(images("batches"), [paths, ["data/gear/train/good/7.png"]]);
  assert.deepEqual(images("items"), [[paths[0]], [paths[1]]]);
  assert.deepEqual(images("numpyBatch"), [paths]);
  assert.deepEqual(images("numpyItem"), [[paths[1]]]);
});

Deno.test("anomalibBatches() takes dictionaries for records, ordered or not", () => {
  const fields = new Map<PickleValue, PickleValue>([["image_path", "a.png"], ["pred_score", 1]]);
  const ordered: PickleObject = {
    kind: "object",
    name: "collections.OrderedDict",
    args: [],
    state: undefined,
    entries: fields,
  };
  const batch = { images: ["a.png"], fields };
  assert.deepEqual(anomalibBatches(fields, { source }), [batch]);
  assert.deepEqual(anomalibBatches([fields, [ordered, fields]], { source }), Array(3).fill(batch));
});

Deno.test("anomalibBatches() refuses what holds no batches", () => {
  assertRefused(7, "it must hold anomalib's predictions, got the number 7");
  assertRefused([], "it must hold anomalib's predictions, got a list of 0");
  assertRefused([[], []], "it must hold anomalib's predictions, got a list of 2");
  const must = "every entry must be a batch or an item of anomalib, got";
  assertRefused([7], `${must} the number 7`);
  const circle: PickleValue[] = [];
  circle.push(circle);
  assertRefused(circle, `${must} a list of 1`);
  const state: PickleValue = new Map([["image_path", "a.png"]]);
  const other = {
    kind: "object",
    name: "torch.Size",
    args: [],
    state,
    entries: new Map(),
  } as const;
  assertRefused([other], `${must} "torch.Size"`);
});

Deno.test("anomalibBatches() refuses batches without paths", () => {
  const must = 'must have paths of images in "image_path", got';
  assertRefused(new Map(), `batch 1 ${must} nothing`);
  const good = new Map([["image_path", "a.png"]]);
  assertRefused([good, new Map([["image_path", null]])], `batch 2 ${must} None`);
  assertRefused([good, new Map([["image_path", []]])], `batch 2 ${must} a list of 0`);
  assertRefused([new Map([["image_path", ["a", 1]]])], `batch 1 ${must} a list of 2`);
});

Deno.test("textsOf() takes texts and paths, one or several", () => {
  const path: PickleObject = {
    kind: "object",
    name: "pathlib.PosixPath",
    args: ["a", "b.png"],
    state: undefined,
    entries: new Map(),
  };
  assert.deepEqual(textsOf(path), ["a/b.png"]);
  assert.deepEqual(textsOf(["", path]), ["", "a/b.png"]);
  assert.deepEqual(textsOf([]), []);
  for (const value of [null, undefined, 1, [["a"]], ["a", null]]) {
    assert.equal(textsOf(value), null);
  }
});
