import assert from "node:assert/strict";
import { entriesOf, itemsOf, type PickleObject, type PickleValue } from "@/pickle_data.ts";
import { outsideName } from "@/pickle_machine.ts";
import { readPickle } from "@/pickle_values.ts";
import { readTorchTensor, torchTensorOf } from "@/torch_tensor.ts";
import { anomalibPickles, anomalibStorages, bytesOf } from "./helpers_saved.ts";

const source = "a.pt: map";

function objectOf(name: string, args: readonly PickleValue[]): PickleObject {
  return { kind: "object", name, args, state: undefined, entries: new Map() };
}

/** A tensor as it is pickled; what is not given is that of six values in two rows. */
function tensorOf(parts: {
  type?: PickleValue;
  count?: PickleValue;
  offset?: PickleValue;
  size?: PickleValue;
  stride?: PickleValue;
  key?: PickleValue;
  word?: PickleValue;
} = {}): PickleObject {
  const { type = { kind: "name", name: "torch.FloatStorage" }, key = "0", word = "storage" } =
    parts;
  const { count = 6, offset = 0, size = [2, 3], stride = [3, 1] } = parts;
  const storage = objectOf(outsideName, [[word, type, key, "cuda:0", count]]);
  return objectOf("torch._utils._rebuild_tensor_v2", [storage, offset, size, stride, false, null]);
}

const layout = { key: "0", dtype: "<f4", shape: [2, 3], strides: [3, 1], offset: 0 };

Deno.test("torchTensorOf() reads where the tensors of saved predictions are", () => {
  const value = readPickle(bytesOf(anomalibPickles.batches), { source });
  const [first, second] = itemsOf(value)!.map((batch) => entriesOf((batch as PickleObject).state)!);
  const tensors = ["image", "gt_label", "gt_mask", "anomaly_map", "pred_score", "pred_label"]
    .map((name) => torchTensorOf(first!.get(name), { source })!);
  assert.deepEqual(tensors.map(({ dtype }) => dtype), ["<f4", "|b1", "|b1", "<f4", "<f4", "|b1"]);
  assert.deepEqual(tensors.map(({ key }) => key), ["0", "1", "2", "3", "4", "5"]);
  assert.deepEqual(tensors[3], {
    key: "3",
    dtype: "<f4",
    shape: [2, 2, 3],
    strides: [6, 3, 1],
    offset: 0,
  });
  assert.deepEqual(torchTensorOf(second!.get("image"), { source }), tensors[0]);
  assert.equal(torchTensorOf(first!.get("pred_mask"), { source }), null);
  assert.equal(torchTensorOf(first!.get("image_path"), { source }), null);
});

Deno.test("readTorchTensor() reads the values of saved predictions", () => {
  const value = readPickle(bytesOf(anomalibPickles.items), { source });
  const [list] = itemsOf(value)!;
  const items = itemsOf(list)!.map((item) => entriesOf((item as PickleObject).state)!);
  const read = (index: number, name: string) => {
    const tensor = torchTensorOf(items[index]!.get(name), { source })!;
    const bytes = bytesOf(anomalibStorages.items[Number(tensor.key)]!);
    return readTorchTensor(tensor, { bytes, source });
  };
  assert.deepEqual(read(0, "gt_label"), { shape: [], data: Float64Array.of(0) });
  assert.deepEqual(read(1, "gt_label"), { shape: [], data: Float64Array.of(1) });
  assert.deepEqual(read(1, "pred_score"), { shape: [], data: Float32Array.of(0.75) });
  // The script's maps are 0, 0.25, 0.5 …, six to an image; both items share one storage.
  const map = read(1, "anomaly_map");
  assert.deepEqual(map, { shape: [2, 3], data: Float32Array.of(1.5, 1.75, 2, 2.25, 2.5, 2.75) });
});

Deno.test("torchTensorOf() knows the types of storages, and sizes of torch.Size", () => {
  const types = { Float: "<f4", Double: "<f8", Half: "<f2", BFloat16: "<V2", Long: "<i8" };
  const more = { Int: "<i4", Short: "<i2", Char: "|i1", Byte: "|u1", Bool: "|b1" };
  for (const [name, dtype] of Object.entries({ ...types, ...more })) {
    const type: PickleValue = { kind: "name", name: `torch.${name}Storage` };
    assert.deepEqual(torchTensorOf(tensorOf({ type }), { source }), { ...layout, dtype });
  }
  const size = objectOf("torch.Size", [[2, 3]]);
  assert.deepEqual(torchTensorOf(tensorOf({ size }), { source }), layout);
});

Deno.test("torchTensorOf() looks into subclasses of tensors", () => {
  const plain = tensorOf();
  const made: PickleValue = { kind: "name", name: "torch._utils._rebuild_tensor_v2" };
  const mask: PickleValue = { kind: "name", name: "torchvision.tv_tensors._mask.Mask" };
  const name = "torch._tensor._rebuild_from_type_v2";
  const subclass = objectOf(name, [made, mask, plain.args, null]);
  assert.deepEqual(torchTensorOf(subclass, { source }), layout);
  assert.equal(torchTensorOf(objectOf(name, [mask, mask, plain.args, null]), { source }), null);
});

Deno.test("torchTensorOf() leaves everything else alone", () => {
  const name: PickleValue = { kind: "name", name: "torch._utils._rebuild_tensor_v2" };
  for (const value of [null, undefined, 1, "a", [], new Map(), name, objectOf("numpy.dtype", [])]) {
    assert.equal(torchTensorOf(value, { source }), null);
  }
});

Deno.test("torchTensorOf() refuses tensors that are stored in another way", () => {
  const wrong = [
    { word: "module" },
    { type: null },
    { type: { kind: "name", name: "torch.Size" } as const },
    { key: 0 },
    { count: -1 },
    { count: "6" },
    { offset: -1 },
    { offset: null },
    { size: [2, -3] },
    { size: "23" },
    { stride: [1] },
    { stride: [3, 0.5] },
  ];
  for (const parts of wrong) {
    const kind = parts.type === null ? "None" : `"${parts.type?.name ?? "torch.FloatStorage"}"`;
    assert.throws(() => torchTensorOf(tensorOf(parts), { source }), {
      name: "SyntaxError",
      message: `Cannot read "a.pt: map": it must be a dense tensor of numbers, got ${kind}`,
    }, JSON.stringify(parts));
  }
});

Deno.test("torchTensorOf() refuses tensors that reach beyond their storage or repeat it", () => {
  const wrong = [
    { count: 5 },
    { offset: 1 },
    { stride: [4, 1] },
    { size: [1e9, 1e9], stride: [0, 0] },
    { size: [7], stride: [0] },
  ];
  for (const parts of wrong) {
    const { count = 6, size = [2, 3] } = parts;
    assert.throws(() => torchTensorOf(tensorOf(parts), { source }), {
      name: "SyntaxError",
      message: `Cannot read "a.pt: map": shape [${size.join(", ")}] must fit its storage, ` +
        `got ${count} values there`,
    });
  }
});

Deno.test("readTorchTensor() follows strides, from the offset on", () => {
  // Bytes 0 to 11; the transpose of the last two of three rows of four: 4, 8 · 5, 9 · 6, 10 · 7, 11.
  const bytes = Uint8Array.from({ length: 12 }, (_, i) => i);
  const tensor = { key: "0", dtype: "|u1", shape: [4, 2], strides: [1, 4], offset: 4 };
  const { shape, data } = readTorchTensor(tensor, { bytes, source });
  assert.deepEqual([shape, ...data], [[4, 2], 4, 8, 5, 9, 6, 10, 7, 11]);
  const empty = readTorchTensor({ ...tensor, shape: [0, 2] }, { bytes, source });
  assert.deepEqual(empty, { shape: [0, 2], data: new Float64Array() });
});

Deno.test("readTorchTensor() refuses a storage that is too short", () => {
  const tensor = { key: "0", dtype: "<f4", shape: [2, 3], strides: [3, 1], offset: 1 };
  assert.throws(() => readTorchTensor(tensor, { bytes: new Uint8Array(27), source }), {
    name: "SyntaxError",
    message: 'Cannot read "a.pt: map": its storage must have at least 28 bytes, got 27; ' +
      "is the file complete?",
  });
});
