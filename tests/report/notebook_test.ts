import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import sharp from "sharp";
import { memoryBankChart } from "@/charts/memory_banks.ts";
import { toPicture } from "@/images/picture.ts";
import {
  CHART_MEDIA_TYPE,
  CHART_SCALE,
  displayBundle,
  progressText,
  type Showable,
} from "@/report/notebook.ts";

/** Runs cells as a script, outside of the kernel. */
async function runScript(code: string): Promise<{ success: boolean; text: string }> {
  const root = join(import.meta.dirname!, "../..");
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "-q", code],
    cwd: root,
    env: { NO_COLOR: "1" },
  }).output();
  return { success, text: new TextDecoder().decode(stdout) };
}

Deno.test("show() prints text outside of a notebook", async () => {
  const { success, text } = await runScript(
    'import { show } from "@/report/notebook.ts"; await show([{ class: "nut", images: 80 }]);',
  );
  assert.ok(success);
  assert.equal(text, "class  images\n─────  ──────\nnut        80\n");
});

Deno.test("show() reports what it cannot show and goes on", async () => {
  const { success, text } = await runScript(
    'import { show } from "@/report/notebook.ts"; await show(5); await show("next");',
  );
  assert.ok(success);
  assert.match(text, /^Cannot show a value: it must be a text, .*, got 5\nnext\n$/);
});

Deno.test("showProgress() prints one full bar outside of a notebook", async () => {
  const { text } = await runScript(
    'import { showProgress } from "@/report/notebook.ts"; const p = await showProgress("Fitting");' +
      "p.report(0.5); await p.finish();",
  );
  assert.equal(text, `Fitting  ${"█".repeat(20)}  100 %\n`);
});

Deno.test("showProgress() draws one bar of several stages full only when the last one ends", async () => {
  const { text } = await runScript(
    'import { showProgress } from "@/report/notebook.ts"; const p = await showProgress("Study");' +
      "const stage = (label, begin, end) => ({ label, begin, end });" +
      'p.report(1, stage("embed", 0, 0.4)); await p.finish(stage("embed", 0, 0.4));' +
      'await p.finish(stage("score", 0.4, 1));',
  );
  assert.equal(text, `Study  ${"█".repeat(20)}  100 %\n`);
});

Deno.test("progressText() shows the whole, the times and the stage", () => {
  const bar = `${"█".repeat(5)}${"░".repeat(15)}`;
  assert.equal(progressText("Study", { share: 0.25 }), `Study  ${bar}  25 %`);
  const times = "3 s, about 9 s left";
  assert.equal(
    progressText("Study", { share: 0.25, times, stage: "embed training images" }),
    `Study  ${bar}  25 %  ${times}  embed training images`,
  );
});

Deno.test("showProgress() throws once its work was stopped", async () => {
  const { text } = await runScript(
    'import { showProgress } from "@/report/notebook.ts";' +
      'import { interrupt } from "@/files/interruption.ts"; const p = await showProgress("Fit");' +
      "p.report(0.1); interrupt(); try { p.report(0.2); } catch (e) { console.log(String(e)); }",
  );
  assert.equal(text, "Interruption: Interrupted\n");
});

const chart = memoryBankChart([{ name: "nut", available: 100, kept: 10, radius: 1 }]);
const picture = toPicture(new Uint8Array(48).fill(90), 4);

Deno.test("displayBundle() gives a chart as Vega-Lite, as PNG with its size, and as text", async () => {
  const { data, metadata } = await displayBundle(chart);
  assert.deepEqual(Object.keys(data).sort(), [CHART_MEDIA_TYPE, "image/png", "text/plain"]);
  const size = metadata["image/png"] as { width: number; height: number };
  const info = await sharp(Buffer.from(String(data["image/png"]), "base64")).metadata();
  assert.ok(Math.abs(info.width - CHART_SCALE * size.width) <= 2);
  assert.ok(Math.abs(info.height - CHART_SCALE * size.height) <= 2);
});

Deno.test("displayBundle() gives pictures as JPEG and their captions as text", async () => {
  const one = await displayBundle(picture, { caption: "a nut" });
  assert.equal(one.data["text/plain"], "[1 picture]\na nut");
  const two = await displayBundle({ pictures: [{ picture, caption: "a\nb" }, { picture }] });
  assert.equal(two.data["text/plain"], "[2 pictures]\na, b");
  assert.ok("image/jpeg" in two.data && "image/jpeg" in two.metadata);
});

Deno.test("displayBundle() gives text as Markdown and records as a table with their options", async () => {
  assert.deepEqual((await displayBundle("**x**")).data, {
    "text/markdown": "**x**",
    "text/plain": "**x**",
  });
  const { data } = await displayBundle([{ class: "nut", auroc: 1 }], { columns: ["class"] });
  assert.equal(data["text/plain"], "class\n─────\nnut");
});

Deno.test("displayBundle() never gives SVG, which converters blank", async () => {
  for (const value of [chart, picture, "text", [{ a: 1 }]]) {
    assert.ok(!("image/svg+xml" in (await displayBundle(value)).data));
  }
});

Deno.test("displayBundle() refuses what it cannot show", async () => {
  for (const [value, text] of [[5, "5"], [null, "null"], [[1, 2], "[ 1, 2 ]"]] as const) {
    await assert.rejects(displayBundle(value as unknown as Showable), {
      name: "TypeError",
      message: "Cannot show a value: it must be a text, a chart, a picture, a grid of pictures " +
        `or records, got ${text}`,
    });
  }
});
