import assert from "node:assert/strict";
import { join, resolve } from "node:path";
import { backboneFile, readBackbones, weightsFolder } from "@/backbones/registry.ts";
import { makeFolder } from "../helpers/folder.ts";

Deno.test("readBackbones() lists what the project knows, each complete for its kind", async () => {
  const entries = [...(await readBackbones()).values()];
  const names = entries.map(({ name }) => name);
  for (const name of ["embedded", "wide_resnet50_2", "resnet18", "resnet50", "onnx"]) {
    assert.ok(names.includes(name), name);
  }
  for (const { name, addresses, sha256, licence, file, normalization, defaults } of entries) {
    if (addresses.length === 0) continue;
    assert.ok(sha256 && licence && file && normalization, name);
    assert.ok(defaults.layers && defaults.semantic_layer, name);
    for (const address of addresses) assert.equal(new URL(address).protocol, "https:", name);
  }
  const hashes = entries.flatMap(({ sha256 }) => sha256 ?? []);
  assert.equal(new Set(hashes).size, hashes.length, "no file twice");
});

Deno.test("readBackbones() reads another list, and names it in errors", async () => {
  const path = join(makeFolder(), "mine.yaml");
  await Deno.writeTextFile(path, "mine: {format: onnx, source: mine, file: net.onnx}");
  const entry = (await readBackbones(path)).get("mine")!;
  assert.equal(backboneFile(entry), join(weightsFolder, "net.onnx"));
  assert.equal(backboneFile(entry, { folder: "w" }), join("w", "net.onnx"));
  assert.equal(backboneFile(entry, { file: "other.onnx" }), resolve("other.onnx"));
  assert.equal(backboneFile({ ...entry, file: resolve("x.onnx") }), resolve("x.onnx"));
  assert.equal(backboneFile({ ...entry, file: null }), null);
  await Deno.writeTextFile(path, "mine: {format: onnx, source: 7}");
  await assert.rejects(readBackbones(path), {
    message: `Cannot load "${path}": "mine.source" must be text, got 7`,
  });
});
