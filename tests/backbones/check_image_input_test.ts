import assert from "node:assert/strict";
import { checkImageInput } from "@/backbones/onnx_backbone.ts";
import { elementTypes } from "@/backbones/onnx_schema.ts";
import { describe } from "../helpers/foreign.ts";

const options = { source: "net.onnx", height: 256, width: 192 };

function check(dims?: readonly (number | string)[], type?: number) {
  return checkImageInput([describe("x", dims, type)], options);
}

Deno.test("checkImageInput() accepts what fits, also where the file says little", () => {
  for (
    const dims of [
      undefined,
      ["n", 3, "h", "w"],
      ["n", "c", 256, "w"],
      ["n", 3, 256, 192],
      ["n", "c", "h", "w"],
      [-1, 3, -1, -1],
      [0, 3, 0, 0],
    ]
  ) {
    assert.deepEqual(check(dims), { input: "x" });
  }
  assert.deepEqual(checkImageInput([{ name: "x" }], options), { input: "x" });
  assert.deepEqual(check([1, 3, "h", "w"]), { input: "x", batch: 1 });
  // Three columns are not a sign of channels last where the channels stand first.
  const narrow = checkImageInput([describe("x", ["n", 3, 8, 3])], {
    ...options,
    height: 8,
    width: 3,
  });
  assert.deepEqual(narrow, { input: "x" });
});

Deno.test("checkImageInput() refuses another type, other axes, another size or number", () => {
  const refuse = (work: () => unknown, name: string, rest: string): void =>
    assert.throws(work, { name, message: `Cannot open "net.onnx": its ${rest}` });
  const axes = ["n", 3, "h", "w"] as const;
  refuse(
    () => check(axes, elementTypes.float16),
    "TypeError",
    'input "x" must be float32, got float16; export it again as float32',
  );
  refuse(
    () => check(axes, 16),
    "TypeError",
    'input "x" must be float32, got type 16; export it again as float32',
  );
  refuse(
    () => check(["n", 768]),
    "TypeError",
    'input "x" must have 4 axes (n × 3 × height × width), got 2',
  );
  refuse(() => check(["n", 1, "h", "w"]), "TypeError", 'input "x" must have 3 channels, got 1');
  refuse(
    () => check(["n", 256, 192, 3]),
    "TypeError",
    'input "x" must be n × 3 × height × width, got channels last; export it with channels first',
  );
  refuse(
    () => check(["n", 3, 224, 224]),
    "RangeError",
    'input "x" must take 256×192 images, got a file that takes 224×224 alone',
  );
  refuse(
    () => check(["n", 3, "h", 224]),
    "RangeError",
    'input "x" must take 256×192 images, got a file that takes any×224 alone',
  );
  refuse(
    () => check([8, 3, "h", "w"]),
    "RangeError",
    'input "x" must take one image at a time or any number, got 8 at a time',
  );
  refuse(
    () => checkImageInput([describe("x"), describe("mask")], options),
    "RangeError",
    'layers must need one input, got "x", "mask"',
  );
  refuse(() => checkImageInput([], options), "RangeError", "layers must need one input, got none");
});
