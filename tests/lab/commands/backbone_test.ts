import assert from "node:assert/strict";
import { join } from "node:path";
import { noProgress } from "@/files/progress.ts";
import { hashFile } from "@/files/read.ts";
import { backboneCommand } from "@/lab/commands/backbone.ts";
import { makeFolder } from "../../helpers/folder.ts";
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
  const run = async (...args: string[]): Promise<string> => {
    const lines: string[] = [];
    const print = (line: string) => lines.push(line);
    const where = { list, folder, cacheFolder: join(source, "graphs") };
    await backboneCommand({ args, print, startProgress: noProgress, ...where });
    return lines.join("\n");
  };
  return { run, file, folder, list, requests: () => requests, close: () => server.shutdown() };
}

Deno.test("backboneCommand() downloads once, verifies, converts and says where everything is", async () => {
  const { run, folder, requests, close } = await serveNetwork();
  const image = "DATASET.imagesize=64";
  const first = await run("resnet18", image), second = await run("resnet18", image);
  await close();
  const weights = join(folder, "small.safetensors");
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
  const text = await run("resnet18", "--from", file, "DATASET.imagesize=64");
  await close();
  assert.ok(text.includes(`(copied from ${file}, SHA-256 verified)`), text);
  assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["small.safetensors"]);
  assert.equal(requests(), 0);
});

Deno.test("backboneCommand() lists backbones with where they are", async () => {
  const { run, file, folder, close } = await serveNetwork();
  await close();
  assert.match(await run(), /^resnet18 +not here +layer2, layer3; layer4 +MIT +A small network$/m);
  await Deno.copyFile(file, join(folder, "small.safetensors"));
  assert.match(await run(), /^resnet18 +ready /m);
});

Deno.test("backboneCommand() refuses what it does not know", async () => {
  const { run, file, close } = await serveNetwork();
  await close();
  const cannot = 'Cannot run "backbone": ';
  const refuses = (args: string[], message: string | RegExp) =>
    assert.rejects(run(...args), { name: "RangeError", message });
  await refuses(["vgg"], /its name must be one of "resnet18", "resnet", got "vgg"$/);
  await refuses(
    ["resnet18", "resnet"],
    `${cannot}one name must be given, got "resnet18", "resnet"`,
  );
  await refuses(["MODEL.patch_size=1"], `${cannot}one name must be given, got none`);
  await refuses(
    ["resnet18", "--form=x"],
    `${cannot}arguments must be NAME, --from FILE and KEY=value, got "--form"`,
  );
  await refuses(
    ["resnet18", "--from"],
    `${cannot}arguments must be NAME, --from FILE and KEY=value, got --from without a file`,
  );
  await refuses(
    ["resnet", "--from", file],
    `Cannot take over "${file}": backbone "resnet" has no published file; ` +
      `MODEL.backbone_file=${file} uses it as your own`,
  );
});
