import assert from "node:assert/strict";
import { findBackboneEntry, readBackboneEntries } from "@/backbones/entries.ts";

const sha256 = "0".repeat(64);
const full = {
  format: "resnet",
  source: "somewhere",
  licence: "MIT",
  file: "a.safetensors",
  addresses: ["https://example.org/a"],
  sha256,
  bytes: 12,
  normalization: { scale: 255, mean: [0, 0, 0], std: [1, 1, 1] },
  layers: ["layer2"],
  semantic_layer: "layer3",
  pretrain_embed_dimension: 8,
  target_embed_dimension: 9,
};

Deno.test("readBackboneEntries() takes every key over, and null for what is left out", () => {
  const entries = readBackboneEntries({ a: full, b: { format: "onnx", source: "mine" } }, "list");
  assert.deepEqual([...entries.keys()], ["a", "b"]);
  const { name, defaults, ...rest } = entries.get("a")!;
  assert.equal(name, "a");
  assert.deepEqual({ ...rest, ...defaults }, full);
  const { b } = Object.fromEntries(entries);
  assert.deepEqual(b!.addresses, []);
  for (const value of [b!.licence, b!.file, b!.sha256, b!.bytes, b!.normalization]) {
    assert.equal(value, null);
  }
  assert.deepEqual(Object.values(b!.defaults), [null, null, null, null]);
});

Deno.test("readBackboneEntries() says which key is wrong", () => {
  const refuses = (entry: unknown, what: string): void =>
    assert.throws(() => readBackboneEntries({ a: entry }, "list.yaml"), {
      name: "RangeError",
      message: `Cannot load "list.yaml": ${what}`,
    });
  const broken = (change: object) => ({ ...full, ...change });
  refuses(
    broken({ format: "torch" }),
    '"a.format" must be one of embedded, resnet, onnx, got "torch"',
  );
  refuses(broken({ sha265: "" }), 'unknown key "a.sha265", did you mean "a.sha256"?');
  refuses(broken({ sha256: "abc" }), '"a.sha256" must be 64 hex digits, got "abc"');
  refuses(
    broken({ addresses: ["ftp://x"] }),
    '"a.addresses" must be a list of addresses that begin with http:// or https://, got ["ftp://x"]',
  );
  refuses(broken({ layers: [] }), '"a.layers" must be a list of at least one layer, got []');
  refuses(broken({ bytes: 0 }), '"a.bytes" must be a positive integer, got 0');
  for (const part of [{ scale: 0 }, { mean: [0, 0] }, { std: [1, 0, 1] }, { std: ["1", 1, 1] }]) {
    const normalization = { ...full.normalization, ...part };
    refuses(
      broken({ normalization }),
      `"a.normalization" must be { scale, mean, std } with a positive scale, three means and ` +
        `three positive deviations, got ${JSON.stringify(normalization)}`,
    );
  }
  refuses({ format: "onnx" }, '"a.source" must be given, got none');
  refuses({ source: "x" }, '"a.format" must be given, got none');
  refuses(7, '"a" must hold keys');
  const { sha256: _, ...unverified } = full;
  refuses(unverified, '"a" must give "file" and "sha256" beside "addresses", got none');
  for (const nothing of [null, [], {}, "text"]) {
    assert.throws(() => readBackboneEntries(nothing, "list.yaml"), {
      message: 'Cannot load "list.yaml": it must map names to entries',
    });
  }
});

Deno.test("findBackboneEntry() finds an entry, or says which there are", () => {
  const entries = readBackboneEntries({ a: full, b: full }, "list");
  assert.equal(findBackboneEntry(entries, "b"), entries.get("b"));
  assert.throws(() => findBackboneEntry(entries, "vgg16"), {
    name: "RangeError",
    message: 'Cannot open a backbone: its name must be one of "a", "b", got "vgg16"',
  });
});
