import assert from "node:assert/strict";
import sharp from "sharp";
import { toPicture } from "@/images/picture.ts";
import { drawLegend, drawPictureGrid, drawThumbnail } from "@/report/picture_grid.ts";

const solid = (color: readonly number[]) =>
  toPicture(Uint8Array.from({ length: 300 }, (_, i) => color[i % 3]!), 10);
const red = { picture: solid([255, 0, 0]) }, blue = { picture: solid([0, 0, 255]) };

/** Colour of one pixel, rounded to quarters of the range: JPEG moves it a little. */
async function pixelOf(file: Uint8Array, at: { x: number; y: number }): Promise<number[]> {
  const { data, info } = await sharp(file).removeAlpha().raw().toBuffer({
    resolveWithObject: true,
  });
  const begin = 3 * (at.y * info.width + at.x);
  return [...data.subarray(begin, begin + 3)].map((value) => Math.round(value / 85) * 85);
}

Deno.test("drawPictureGrid() lays pictures out row by row", async () => {
  const { jpeg, width, height } = await drawPictureGrid(
    { pictures: [red, blue, red], columns: 2, tile: 50 },
    { scale: 1 },
  );
  assert.deepEqual([width, height], [114, 114]);
  assert.deepEqual(await pixelOf(jpeg, { x: 25, y: 25 }), [255, 0, 0]);
  assert.deepEqual(await pixelOf(jpeg, { x: 89, y: 25 }), [0, 0, 255]);
  assert.deepEqual(await pixelOf(jpeg, { x: 25, y: 89 }), [255, 0, 0]);
  assert.deepEqual(await pixelOf(jpeg, { x: 89, y: 89 }), [255, 255, 255]);
});

Deno.test("drawPictureGrid() leaves room for captions and the colour bar only where they are", async () => {
  const bare = await drawPictureGrid({ pictures: [red], tile: 200 });
  const captioned = await drawPictureGrid({
    pictures: [{ ...red, caption: "one\ntwo" }],
    tile: 200,
    legend: { low: 0, high: 1, label: "score" },
  });
  assert.equal(bare.height, 200);
  assert.equal(captioned.height, 200 + 2 * 16 + 4 + 50);
});

Deno.test("drawPictureGrid() cuts a caption at the edge of its picture", async () => {
  const caption = "W".repeat(40);
  const { jpeg } = await drawPictureGrid(
    { pictures: [{ ...red, caption }, blue], tile: 90 },
    { scale: 1 },
  );
  const { data, info } = await sharp(jpeg).greyscale().raw().toBuffer({ resolveWithObject: true });
  const inked = new Set<number>();
  for (let y = 92; y < info.height; y++) {
    for (let x = 0; x < info.width; x++) if (data[y * info.width + x]! < 160) inked.add(x);
  }
  const last = Math.max(...inked);
  assert.ok(last > 70 && last < 92, `${last}`);
});

Deno.test("drawPictureGrid() gives pictures a wide box where it is told", async () => {
  const { width, height } = await drawPictureGrid({
    pictures: [red, blue],
    columns: 2,
    tile: 50,
    tileWidth: 104,
  });
  assert.deepEqual([width, height], [104 + 14 + 104, 50]);
});

Deno.test("drawLegend() writes the values of its colours, but for those that would touch", async () => {
  const stops = [0.5, 0.75, 1, 2].map((at) => ({ at, color: "#ff0000", opacity: 0.5 }));
  const svg = await drawLegend({ low: 0, high: 2, label: "× <threshold>", stops });
  const texts = [...svg.matchAll(/>([^<]+)<\/text>/g)].map(([, text]) => text);
  assert.deepEqual(texts, ["× &lt;threshold&gt;", "0", "0.5", "1", "2"]);
  assert.match(svg, /role="img" aria-label="× &lt;threshold&gt;"/);
});

Deno.test("drawPictureGrid() does not take captions for markup", async () => {
  const { height } = await drawPictureGrid({ pictures: [{ ...red, caption: "<b> & </svg>" }] });
  assert.ok(height > 180);
});

Deno.test("drawPictureGrid() refuses an empty grid", async () => {
  await assert.rejects(drawPictureGrid({ pictures: [] }), {
    name: "RangeError",
    message: "Cannot draw a grid: at least one picture is needed, got none",
  });
});

Deno.test("drawThumbnail() fits a picture into a square and enlarges none", async () => {
  const fileOf = (url: string): Uint8Array =>
    Uint8Array.from(atob(url.replace("data:image/jpeg;base64,", "")), (c) => c.charCodeAt(0));
  const sizeOf = async (width: number, side?: number): Promise<number[]> => {
    const picture = toPicture(new Uint8Array(3 * 200 * 100).fill(128), width);
    const url = await drawThumbnail(picture, side === undefined ? {} : { side });
    const { width: across, height } = await sharp(fileOf(url)).metadata();
    return [across!, height!];
  };
  assert.deepEqual(await sizeOf(200), [72, 36]);
  assert.deepEqual(await sizeOf(100, 40), [20, 40]);
  assert.deepEqual(await sizeOf(200, 500), [200, 100]);
  assert.deepEqual(await pixelOf(fileOf(await drawThumbnail(red.picture)), { x: 4, y: 4 }), [
    255,
    0,
    0,
  ]);
});
