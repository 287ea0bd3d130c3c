import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { type BackboneEntry, readBackboneEntries } from "@/backbones/entries.ts";
import { fetchWeights } from "@/backbones/weights.ts";
import { noProgress } from "@/files/progress.ts";
import { makeFolder } from "../helpers/folder.ts";

const bytes = Uint8Array.from({ length: 5000 }, (_, i) => i % 251);
const sha256 = createHash("sha256").update(bytes).digest("hex");

function entryFor(addresses: readonly string[]): BackboneEntry {
  const fields = { format: "resnet", source: "x", file: "a.safetensors", sha256, addresses };
  return readBackboneEntries({ a: fields }, "list").get("a")!;
}

Deno.test("fetchWeights() downloads once, with progress, and verifies", async () => {
  let requests = 0;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
    requests++;
    return new Response(bytes);
  });
  const folder = makeFolder();
  const entry = entryFor([`http://127.0.0.1:${server.addr.port}/model.safetensors`]);
  const shares: number[] = [];
  const startProgress = () => ({ report: (share: number) => shares.push(share), finish: () => {} });
  const first = await fetchWeights(entry, { folder, startProgress });
  const second = await fetchWeights(entry, { folder, startProgress });
  await server.shutdown();
  assert.deepEqual([first.fetched, second.fetched, requests], [5000, 0, 1]);
  assert.deepEqual(await Deno.readFile(first.path), bytes);
  assert.equal(shares.at(-1), 1);
  assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["a.safetensors"]);
});

Deno.test("fetchWeights() takes over a copy, if it is the published file", async () => {
  const folder = makeFolder(), elsewhere = makeFolder();
  const entry = entryFor(["https://example.invalid/a"]);
  const from = join(elsewhere, "copy");
  await Deno.writeFile(from, bytes);
  const options = { folder, from, startProgress: noProgress };
  assert.deepEqual(await fetchWeights(entry, options), {
    path: join(folder, "a.safetensors"),
    fetched: 0,
  });
  assert.deepEqual(await Deno.readFile(join(folder, "a.safetensors")), bytes);
  await Deno.writeFile(from, bytes.slice(1));
  const hash = createHash("sha256").update(bytes.slice(1)).digest("hex");
  await assert.rejects(fetchWeights(entry, options), {
    name: "RangeError",
    message: `Cannot take over "${from}" for backbone "a": its SHA-256 must be ${sha256}, ` +
      `got ${hash}; weights of your own are named by MODEL.backbone_file`,
  });
  await assert.rejects(fetchWeights(entry, { ...options, from: join(elsewhere, "none") }), {
    message: `Cannot take over "${join(elsewhere, "none")}": the file must exist`,
  });
  assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["a.safetensors"]);
});

Deno.test("fetchWeights() has nothing to fetch for one's own files", async () => {
  const entry = { ...entryFor([]), addresses: [] };
  await assert.rejects(fetchWeights(entry, { startProgress: noProgress }), {
    name: "RangeError",
    message: 'Cannot fetch weights for backbone "a": it has no published file; ' +
      "MODEL.backbone_file names one's own",
  });
});
