import assert from "node:assert/strict";
import { join } from "node:path";
import { hashFile } from "@/files/read.ts";
import { backboneCommand } from "@/lab/commands/backbone.ts";
import { makeFolder } from "../../helpers/folder.ts";
import { collectOutput } from "../../helpers/output.ts";
import { writeResnet } from "../../helpers/resnet.ts";

const sizes = { block: "basic", depths: [1, 1, 1, 1], base: 4 } as const;

/** A small network on a server, a list that names it, and a folder to put it in. */
async function serveNetwork() {
  const source = makeFolder(), folder = makeFolder();
  const file = join(source, "published.safetensors");
  await writeResnet(file, { sizes });
  let requests = 0;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async () => {
    requests++;
    return new Response(await Deno.readFile(file));
  });
  const list = join(source, "list.yaml");
  // The name is one of the project's list too, whose layers the configuration takes.
  const entry = {
    format: "resnet",
    source: "A small network",
    licence: "MIT",
    file: "small.safetensors",
    addresses: [`http://127.0.0.1:${server.addr.port}/model.safetensors`],
    sha256: await hashFile(file),
    normalization: { scale: 255, mean: [0, 0, 0], std: [1, 1, 1] },
    layers: ["layer2", "layer3"],
    semantic_layer: "layer4",
  };
  await Deno.writeTextFile(
    list,
    JSON.stringify({ resnet18: entry, resnet: { ...entry, addresses: [] } }),
  );
  const where = { list, folder, cacheFolder: join(source, "graphs") };
  const run = async (
    name: string | null,
    options: { from?: string; overrides?: string[]; isJson?: boolean } = {},
  ): Promise<string> => {
    const { isJson = false, ...others } = options;
    const { output, text } = collectOutput({ isJson });
    await backboneCommand({ name, ...others, output, ...where });
    return text();
  };
  return { run, file, folder, list, requests: () => requests, close: () => server.shutdown() };
}

Deno.test("backboneCommand() downloads once, verifies, converts and says where everything is", async () => {
  const { run, folder, requests, close } = await serveNetwork();
  const small = { overrides: ["DATASET.imagesize=64"] };
  const first = await run("resnet18", small), second = await run("resnet18", small);
  const record = JSON.parse(await run("resnet18", { ...small, isJson: true }));
  await close();
  const weights = join(folder, "small.safetensors");
  const { graphs, ...known } = record;
  assert.deepEqual(known, {
    backbone: "resnet18",
    weights,
    layers: ["layer2", "layer3"],
    dimension: 1024,
    semantic_layer: "layer4",
    semantic_dimension: 32,
    imagesize: 64,
  });
  assert.equal(graphs.length, 1);
  assert.match(first, /^A small network\. Licence of the weights: MIT$/m);
  assert.ok(first.includes(`weights  ${weights} (0.2 MB downloaded, SHA-256 verified)`), first);
  assert.ok(second.includes(`weights  ${weights} (here already, SHA-256 verified)`), second);
  const graph = first.match(/^graph +(.+\.onnx) \(/m)![1]!;
  assert.ok((await Deno.stat(graph)).isFile);
  assert.ok(second.includes(graph));
  assert.match(
    first,
    /patch embeddings from layer2, layer3: 1024 values; semantic vectors from layer4: 32; images of 64 × 64 pixels$/,
  );
  assert.equal(requests(), 1);
});

Deno.test("backboneCommand() takes a copy over instead of downloading", async () => {
  const { run, file, folder, requests, close } = await serveNetwork();
  const text = await run("resnet18", { from: file, overrides: ["DATASET.imagesize=64"] });
  await close();
  assert.ok(text.includes(`(copied from ${file}, SHA-256 verified)`), text);
  assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["small.safetensors"]);
  assert.equal(requests(), 0);
});

Deno.test("backboneCommand() lists backbones with where they are", async () => {
  const { run, file, folder, close } = await serveNetwork();
  await close();
  assert.match(
    await run(null),
    /^resnet18 +not here +layer2, layer3; layer4 +MIT +A small network$/m,
  );
  await Deno.copyFile(file, join(folder, "small.safetensors"));
  assert.match(await run(null), /^resnet18 +ready /m);
  const [first] = JSON.parse(await run(null, { isJson: true }));
  assert.deepEqual([first.name, first.state, first.layers], [
    "resnet18",
    "ready",
    ["layer2", "layer3"],
  ]);
});

Deno.test("backboneCommand() refuses what it does not know", async () => {
  const { run, file, close } = await serveNetwork();
  await close();
  const cannot = 'Cannot run "backbone": ';
  const refuses = (given: Parameters<typeof run>, message: string | RegExp) =>
    assert.rejects(run(...given), { name: "RangeError", message });
  await refuses(["vgg"], /its name must be one of "resnet18", "resnet", got "vgg"$/);
  await refuses(
    [null, { overrides: ["MODEL.patch_size=1"] }],
    `${cannot}a name must be given, got "MODEL.patch_size=1" alone`,
  );
  await refuses([null, { from: "x" }], `${cannot}a name must be given, got "--from x" alone`);
  await refuses(
    ["resnet", { from: file }],
    `Cannot take over "${file}": backbone "resnet" has no published file; ` +
      `MODEL.backbone_file=${file} uses it as your own`,
  );
});
