/** The page that is exported beside a detector, used in Chromium, where there is one. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { exportDetector } from "@/deploy/export_detector.ts";
import { runExperiment } from "@/lab/experiment.ts";
import { findChromium, openPage } from "../helpers/chromium.ts";
import { makeTinyDataset, tinyConfig } from "../helpers/dataset.ts";
import { makeFolder } from "../helpers/folder.ts";

const chromium = await findChromium();
const types: Readonly<Record<string, string>> = {
  html: "text/html",
  mjs: "text/javascript",
  wasm: "application/wasm",
};

/** Serves a folder as any static server does, and notes what is asked for. */
function serve(folder: string, asked: string[]): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async ({ url }) => {
    const { pathname } = new URL(url);
    asked.push(pathname);
    const name = pathname === "/" ? "index.html" : pathname.slice(1);
    const type = types[name.split(".").at(-1)!] ?? "application/octet-stream";
    return new Response(await Deno.readFile(join(folder, name)), {
      headers: { "content-type": type },
    });
  });
}

Deno.test("the exported page decides as the run did, and asks for nothing but its own files", async () => {
  if (chromium === null) {
    await Deno.stdout.write(
      new TextEncoder().encode("SKIPPED the exported page: needs Chromium\n"),
    );
    return;
  }
  const photographs = await makeTinyDataset({ train: 4, normal: 2, anomalous: 2 });
  const config = await tinyConfig(photographs, [
    "DATASET.resize=80",
    "DATASET.imagesize=64",
    `DEFAULT.savedir=${makeFolder()}`,
  ]);
  const run = (await runExperiment(config)).folder;
  const folder = join(makeFolder(), "exported");
  await exportDetector(run, { folder });
  const [heading, ...lines] = (await Deno.readTextFile(join(run, "scores.csv"))).trim().split("\n");
  const names = heading!.split(",");
  const rows = lines.map((line): Record<string, string> =>
    Object.fromEntries(line.split(",").map((value, i) => [names[i]!, value]))
  ).filter(({ split }) => split === "test");
  const broken = join(makeFolder(), "broken.png");
  await Deno.writeTextFile(broken, "no picture");
  const asked: string[] = [];
  const server = serve(folder, asked);
  const page = await openPage(chromium, `http://127.0.0.1:${server.addr.port}/`);
  try {
    await page.waitFor("document.body.dataset.opened");
    const paths = rows.map(({ image }) => join(photographs, image!));
    await page.giveFiles("#files", [...paths, broken]);
    const cards = "[...document.querySelectorAll('#list > li')]";
    await page.waitFor(`${cards}.length === ${rows.length + 1}`);
    const given = await page.evaluate<Record<string, string>[]>(
      `${cards}.map(({ dataset }) => ({ ...dataset }))`,
    );
    for (const [i, row] of rows.entries()) {
      const { score, group, decision, refused } = given[i]!;
      assert.ok(Math.abs(Number(score) / Number(row.score) - 1) < 1e-4, row.image!);
      assert.deepEqual(
        [group, decision, refused],
        [row.group, row.decision, row.refused === "" ? "0" : "1"],
        row.image!,
      );
    }
    assert.match(given.at(-1)!.fault!, /./);
    const anomalous = rows.filter(({ decision }) => decision === "1").length;
    const state = await page.evaluate<string>("document.getElementById('state').textContent");
    assert.match(state, new RegExp(`^12 scored: ${anomalous} anomalous, ${12 - anomalous} normal`));
  } finally {
    await page.close();
    await server.shutdown();
  }
  assert.deepEqual(asked.sort(), [
    "/",
    "/detector.onnx",
    "/runtime/ort-wasm-simd-threaded.wasm",
    "/runtime/ort.wasm.bundle.min.mjs",
  ]);
});
