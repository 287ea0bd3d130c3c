import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { provideWeights } from "@/backbones/weights.ts";
import { makeFolder } from "../helpers/folder.ts";
import { answerFile, startServer } from "../helpers/server.ts";

const bytes = Uint8Array.from({ length: 3000 }, (_, i) => i % 253);
const sha256 = createHash("sha256").update(bytes).digest("hex");

const choice = { backbone: "mine", backboneFile: null };

async function writeList(folder: string, address: string): Promise<string> {
  const list = join(folder, "list.yaml");
  await Deno.writeTextFile(
    list,
    `mine:\n  format: resnet\n  source: x\n  licence: MIT\n  file: mine.safetensors\n` +
      `  sha256: "${sha256}"\n  addresses: ["${address}/mine"]\n`,
  );
  return list;
}

Deno.test("provideWeights() downloads what is missing, once, and names the licence", async () => {
  await using server = startServer((request) => answerFile(request, { bytes }));
  const folder = makeFolder();
  const list = await writeList(folder, server.address);
  const labels: string[] = [];
  const startProgress = (label: string) => {
    labels.push(label);
    return { report: () => {}, finish: () => {} };
  };
  const options = { startProgress, list, folder };
  assert.equal(await provideWeights(choice, options), bytes.length);
  assert.equal(await provideWeights(choice, options), 0);
  assert.deepEqual(labels, ["download mine (MIT)"]);
  assert.deepEqual(await Deno.readFile(join(folder, "mine.safetensors")), bytes);
});

Deno.test("provideWeights() leaves one's own file alone, there or not", async () => {
  await using server = startServer((request) => answerFile(request, { bytes }));
  const folder = makeFolder();
  const list = await writeList(folder, server.address);
  const startProgress = () => ({ report: () => {}, finish: () => {} });
  const own = { ...choice, backboneFile: join(folder, "own.safetensors") };
  assert.equal(await provideWeights(own, { startProgress, list, folder }), 0);
  assert.equal(server.requests.length, 0);
});

Deno.test("provideWeights() says how to bring a copy where nothing can be downloaded", async () => {
  await using server = startServer(() => ({ status: 404 }));
  const folder = makeFolder();
  const list = await writeList(folder, server.address);
  const startProgress = () => ({ report: () => {}, finish: () => {} });
  await assert.rejects(
    provideWeights(choice, { startProgress, list, folder }),
    (error: Error) => {
      const begin = `Cannot run with backbone "mine": its weights must be at "${
        join(folder, "mine.safetensors")
      }", got none; "deno task backbone mine --from FILE" takes a copy. Cannot download`;
      assert.equal(error.message.slice(0, begin.length), begin);
      return true;
    },
  );
});
