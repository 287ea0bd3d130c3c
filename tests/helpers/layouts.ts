/**
 * Tiny but faithful trees of the public benchmarks, with the oddities of the real ones: what readers,
 * checks, archives and downloads are tested on.
 */
import { dirname, join } from "node:path";
import sharp, { type Sharp } from "sharp";
import { benchmarks } from "@/datasets/benchmarks.ts";
import { createRandom } from "@/math/random.ts";
import { makeFolder } from "./folder.ts";

/** What a tree holds. */
export interface TreeOptions {
  /** Classes; default all of the benchmark. */
  readonly classes?: readonly string[];
  /** Images per class; default: 2 for training, 1 normal and 2 anomalous for testing. */
  readonly counts?: {
    readonly train: number;
    readonly normal: number;
    readonly anomalous: number;
  };
  /** Width and height in pixels; default 24 × 20. */
  readonly width?: number;
  readonly height?: number;
  /** Whether the folder that the archive or a mirror puts around the classes is there. */
  readonly wrapped?: boolean;
}

/** One image to be drawn. */
interface Drawing {
  readonly className: string;
  readonly seed: number;
  readonly isAnomalous: boolean;
}

type Writer = (path: string, drawing: Drawing) => Promise<void>;

/** MVTec AD: class folders at the root, three defects for the first class, single-channel grids. */
export async function makeMvtecTree(options: TreeOptions = {}): Promise<string> {
  const { root, classes, draw } = open("MVTec", { wrapped: false, ...options });
  const greys = ["grid", "screw", "zipper"];
  for (const [number, className] of classes.entries()) {
    const write: Writer = (path, drawing) =>
      writePng(path, greys.includes(className) ? draw(drawing).grey : draw(drawing).image);
    const defects = number === 0 ? ["broken_large", "contamination"] : ["scratch"];
    await fillClass(root, { ...settings(options), className, defects, write, draw });
  }
  await Deno.writeTextFile(join(root, "license.txt"), "CC BY-NC-SA 4.0\n");
  await Deno.mkdir(join(root, classes[0]!, "test", ".ipynb_checkpoints"));
  return root;
}

/** MPDD: as MVTec AD. */
export async function makeMpddTree(options: TreeOptions = {}): Promise<string> {
  const { folder, root, classes, draw } = open("MPDD", { wrapped: false, ...options });
  for (const className of classes) {
    const write: Writer = (path, drawing) => writePng(path, draw(drawing).image);
    await fillClass(root, { ...settings(options), className, defects: ["scratch"], write, draw });
  }
  return folder;
}

/** BTAD: `ok` and `ko`, BMP and PNG, inside `BTech_Dataset_transformed`. */
export async function makeBtadTree(options: TreeOptions = {}): Promise<string> {
  const { folder, root, classes, draw } = open("BTAD", { wrapped: true, ...options });
  for (const className of classes) {
    const isBitmap = className !== "02";
    const write: Writer = (path, drawing) => {
      const { image } = draw(drawing);
      return isBitmap ? writeFile(`${path}.bmp`, encodeBmp(image)) : writePng(path, image);
    };
    const writeMask: Writer = (path, drawing) => {
      const { mask } = draw(drawing);
      return className === "03" ? writeFile(`${path}.bmp`, encodeBmp(mask)) : writePng(path, mask);
    };
    await fillClass(root, {
      ...settings(options),
      className,
      defects: ["ko"],
      normal: "ok",
      maskSuffix: "",
      write,
      writeMask,
      draw,
    });
  }
  return folder;
}

/** VisA: raw folders and a list of splits; masks hold class ids, names repeat between folders. */
export async function makeVisaTree(options: TreeOptions = {}): Promise<string> {
  const { folder, root, classes, draw } = open("VisA", { wrapped: false, ...options });
  const { counts } = settings(options);
  const rows = ["object,split,label,image,mask"];
  for (const className of classes) {
    const notes = ["image,label,mask"];
    const total = counts.train + counts.normal;
    for (let i = 0; i < total; i++) {
      const image = `${className}/Data/Images/Normal/${pad(i, 4)}.JPG`;
      const drawing = { className, seed: i, isAnomalous: false };
      await writeFile(join(root, image), await sharpOf(draw(drawing).image).jpeg().toBuffer());
      // The test images lie between the training images, as in the real list.
      const before = (images: number): number => Math.floor(images * counts.normal / total);
      const split = before(i + 1) > before(i) ? "test" : "train";
      rows.push(`${className},${split},normal,${image},`);
      notes.push(`${image},normal,`);
    }
    for (let i = 0; i < counts.anomalous; i++) {
      const image = `${className}/Data/Images/Anomaly/${pad(i, 3)}.JPG`;
      const mask = `${className}/Data/Masks/Anomaly/${pad(i, 3)}.png`;
      const picture = draw({ className, seed: 1000 + i, isAnomalous: true });
      await writeFile(join(root, image), await sharpOf(picture.image).jpeg().toBuffer());
      const ids = picture.mask.data.map((value) => value === 0 ? 0 : 1 + i % 9);
      await writePng(join(root, mask.slice(0, -4)), { ...picture.mask, data: ids });
      rows.push(`${className},test,anomaly,${image},${mask}`);
      notes.push(`${image},scratch,${mask}`);
    }
    await Deno.writeTextFile(join(root, className, "image_anno.csv"), `${notes.join("\n")}\n`);
  }
  await Deno.mkdir(join(root, "split_csv"), { recursive: true });
  await Deno.writeTextFile(join(root, "split_csv/1cls.csv"), `${rows.join("\r\n")}\r\n`);
  return folder;
}

/** The makers by the name of the reader. */
export const treeMakers: Readonly<Record<string, (options?: TreeOptions) => Promise<string>>> = {
  MVTec: makeMvtecTree,
  VisA: makeVisaTree,
  BTAD: makeBtadTree,
  MPDD: makeMpddTree,
};

/** Encodes a picture as BMP: 24 bits, or 8 bits with a palette of greys, bottom row first. */
export function encodeBmp({ data, width, height, channels }: Picture): Uint8Array {
  const palette = channels === 1 ? 1024 : 0;
  const rowBytes = 4 * Math.ceil(channels * width / 4);
  const bytes = new Uint8Array(54 + palette + rowBytes * height);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  const fields = [[2, bytes.length], [10, 54 + palette], [14, 40], [18, width], [22, height]];
  for (const [at, value] of fields) view.setUint32(at!, value!, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, 8 * channels, true);
  for (let i = 0; i < palette / 4; i++) bytes.set([i, i, i, 0], 54 + 4 * i);
  for (let y = 0; y < height; y++) {
    const at = 54 + palette + rowBytes * (height - 1 - y);
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++) {
        bytes[at + channels * x + c] = data[channels * (y * width + x) + channels - 1 - c]!;
      }
    }
  }
  return bytes;
}

/** Pixels of a picture. */
export interface Picture {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
}

type Draw = (drawing: Drawing) => { image: Picture; grey: Picture; mask: Picture };

function settings({ counts = { train: 2, normal: 1, anomalous: 2 } }: TreeOptions) {
  return { counts };
}

function open(name: string, options: TreeOptions & { wrapped: boolean }) {
  const { wrappers, classes: published } = benchmarks[name]!;
  const folder = makeFolder();
  const root = options.wrapped ? join(folder, wrappers[0]!) : folder;
  const all = Object.keys(published);
  const { classes = all, width = 24, height = 20 } = options;
  const draw: Draw = (drawing) =>
    drawProduct(drawing, { width, height, hue: all.indexOf(drawing.className) });
  return { folder, root, classes, draw };
}

async function fillClass(
  root: string,
  options: {
    readonly className: string;
    readonly counts: { train: number; normal: number; anomalous: number };
    readonly defects: readonly string[];
    readonly normal?: string;
    readonly maskSuffix?: string;
    readonly write: Writer;
    readonly writeMask?: Writer;
    readonly draw: Draw;
  },
): Promise<void> {
  const { className, counts, defects, normal = "good", maskSuffix = "_mask", write, draw } =
    options;
  const writeMask = options.writeMask ?? ((path, drawing) => writePng(path, draw(drawing).mask));
  const own = join(root, className);
  for (let i = 0; i < counts.train; i++) {
    await write(join(own, "train", normal, pad(i, 3)), { className, seed: i, isAnomalous: false });
  }
  for (let i = 0; i < counts.normal; i++) {
    const drawing = { className, seed: 500 + i, isAnomalous: false };
    await write(join(own, "test", normal, pad(i, 3)), drawing);
  }
  for (let i = 0; i < counts.anomalous; i++) {
    const drawing = { className, seed: 1000 + i, isAnomalous: true };
    const name = join(defects[i % defects.length]!, pad(Math.floor(i / defects.length), 3));
    await write(join(own, "test", name), drawing);
    await writeMask(join(own, "ground_truth", `${name}${maskSuffix}`), drawing);
  }
}

/** Stripes whose width and color tell the class, a little noise, and a bright block as a defect. */
function drawProduct(
  { className, seed, isAnomalous }: Drawing,
  { width, height, hue }: { width: number; height: number; hue: number },
) {
  const random = createRandom(seed, className);
  const image = new Uint8Array(3 * width * height), grey = new Uint8Array(width * height);
  const mask = new Uint8Array(width * height);
  const left = random.integer(Math.floor(width / 2)), top = random.integer(Math.floor(height / 2));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const isInside = isAnomalous && x >= left && x < left + width / 4 && y >= top &&
        y < top + height / 4;
      const isStripe = Math.floor((x + (hue % 3) * y) / (3 + hue)) % 2 === 0;
      const i = y * width + x;
      for (let c = 0; c < 3; c++) {
        const base = isStripe ? 60 + 12 * ((hue * (c + 2)) % 12) : 200 - 9 * ((hue + 5 * c) % 11);
        image[3 * i + c] = (isInside ? 255 - 120 * (c % 2) : base) + Math.round(random.next() * 9) -
          (isInside ? 9 : 0);
      }
      grey[i] = image[3 * i]!;
      if (isInside) mask[i] = 255;
    }
  }
  const picture = (data: Uint8Array, channels: 1 | 3): Picture => ({
    data,
    width,
    height,
    channels,
  });
  return { image: picture(image, 3), grey: picture(grey, 1), mask: picture(mask, 1) };
}

async function writePng(path: string, picture: Picture): Promise<void> {
  await writeFile(`${path}.png`, await sharpOf(picture).png().toBuffer());
}

async function writeFile(path: string, bytes: Uint8Array): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeFile(path, bytes);
}

function sharpOf({ data, width, height, channels }: Picture): Sharp {
  const image = sharp(data, { raw: { width, height, channels } });
  return channels === 1 ? image.toColourspace("b-w") : image;
}

function pad(value: number, digits: number): string {
  return String(value).padStart(digits, "0");
}
