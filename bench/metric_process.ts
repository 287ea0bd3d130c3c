/**
 * One measurement of `bench/metrics.ts`, in a process of its own so that peak memory is its own.
 *
 *     deno run -A bench/metric_process.ts arrays|files <folder>
 *     deno run -A bench/metric_process.ts made <set as JSON>
 *
 * `arrays` holds all maps of the folder, `files` reads each when it is needed, in both passes, and
 * `made` computes each when it is needed.
 *
 * @module
 */
import { join } from "node:path";
import { type PixelImage, pixelMetricValues, rankPixels } from "@/evaluation/mod.ts";
import { drawMaps, fiveClasses, type MapSet } from "./metric_maps.ts";
import { peakBytes } from "./peak_bytes.ts";

const { rows, columns } = fiveClasses;
const pixels = rows * columns;
const [mode = "", argument = ""] = Deno.args;
const sources: Record<string, () => Iterable<PixelImage>> = {
  arrays: () => [...mapsOfFolder(argument)],
  files: () => mapsOfFolder(argument),
  made: () => drawMaps(JSON.parse(argument) as MapSet),
};
measure(sources[mode]!());

function measure(images: Iterable<PixelImage>): void {
  let making = 0;
  const timed = {
    *[Symbol.iterator]() {
      const source = images[Symbol.iterator]();
      while (true) {
        const begin = performance.now();
        const { done, value } = source.next();
        making += (performance.now() - begin) / 1000;
        if (done === true) return;
        yield value;
      }
    },
  };
  const begin = performance.now();
  const pixels = rankPixels(timed);
  const { pixel_auroc, pixel_ap, pixel_f1_max, aupro } = pixelMetricValues(pixels, {
    fprLimit: 0.3,
  });
  const seconds = (performance.now() - begin) / 1000;
  const values = { AUROC: pixel_auroc, AP: pixel_ap, "F1-max": pixel_f1_max, AUPRO: aupro };
  const anomalous = pixels.ranking.anomalousCount;
  print(JSON.stringify({ seconds, making, anomalous, peak: peakBytes(), values }));
}

/** The maps that `bench/metrics.ts` has written; each pass reads the files anew. */
function mapsOfFolder(folder: string): Iterable<PixelImage> {
  return {
    *[Symbol.iterator]() {
      using maps = Deno.openSync(join(folder, "maps.f32"));
      using masks = Deno.openSync(join(folder, "masks.u8"));
      for (let number = 0;; number++) {
        const map = new Float32Array(pixels), mask = new Uint8Array(pixels);
        if (!readInto(maps, new Uint8Array(map.buffer))) return;
        readInto(masks, mask);
        const isNormal = mask.every((value) => value === 0);
        yield { image: `${number}`, map, mask: isNormal ? null : mask, columns };
      }
    },
  };
}

/** Fills an array from a file; false at its end. */
function readInto(file: Deno.FsFile, bytes: Uint8Array): boolean {
  let filled = 0;
  while (filled < bytes.length) {
    const count = file.readSync(bytes.subarray(filled));
    if (count === null) return false;
    filled += count;
  }
  return true;
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
