/**
 * A folder of photographs such as somebody else may have, on which every notebook must run: two
 * products with other names than the sample data, few images, masks of one product only.
 *
 * @module
 */
import { dirname, join } from "node:path";
import sharp from "sharp";
import { createRandom } from "@/math/random.ts";

/** Side of an image in pixels. */
const size = 96;

/** Test images of a product. */
const counts = { normal: 5, anomalous: 5 };

/** What is drawn of a product. */
interface Product {
  /** Name of its folder. */
  readonly name: string;
  /** Name of its kind of defect. */
  readonly defect: string;
  /** Normal training images; with fewer than 19 no conformal threshold promises 5 %. */
  readonly train: number;
  /** Whether people drew masks. */
  readonly hasMasks: boolean;
  /** Colour of a place, at a distance and an angle from the middle. */
  readonly paint: (distance: number, angle: number) => readonly [number, number, number];
}

/** Names have blanks and letters that are not Latin, as names of one's own products do. */
const products: readonly Product[] = [
  {
    name: "flat washer",
    defect: "bent rim",
    train: 20,
    hasMasks: true,
    paint: (distance) => distance > 14 && distance < 34 ? [150, 152, 160] : [40, 60, 45],
  },
  {
    name: "шестерня",
    defect: "скол",
    train: 17,
    hasMasks: false,
    paint: (distance, angle) =>
      distance < 30 + 5 * Math.sign(Math.sin(12 * angle)) ? [190, 150, 70] : [225, 225, 235],
  },
];

/**
 * Draws the photographs; the same ones each time.
 *
 * @param folder Where they go, in the layout of `configs/folder.yaml`.
 * @returns The folder.
 */
export async function drawPhotos(folder: string): Promise<string> {
  for (const product of products) {
    const { name, defect, train, hasMasks } = product;
    const own = join(folder, name);
    for (let i = 0; i < train + counts.normal; i++) {
      const place = i < train ? "train" : "test";
      const { image } = drawPhoto(product, { seed: i, isAnomalous: false });
      await writePng(join(own, place, "good", `${i}.png`), image);
    }
    for (let i = 0; i < counts.anomalous; i++) {
      const { image, mask } = drawPhoto(product, { seed: 1000 + i, isAnomalous: true });
      await writePng(join(own, "test", defect, `${i}.png`), image);
      if (hasMasks) await writePng(join(own, "ground_truth", defect, `${i}_mask.png`), mask);
    }
  }
  return folder;
}

/** A product, slightly moved and turned under light of its own, with noise and perhaps a blot. */
function drawPhoto(
  { name, paint }: Product,
  { seed, isAnomalous }: { readonly seed: number; readonly isAnomalous: boolean },
): { readonly image: Uint8Array; readonly mask: Uint8Array } {
  const random = createRandom(seed, name);
  const between = (low: number, high: number) => low + (high - low) * random.next();
  const center = { x: size / 2 + between(-3, 3), y: size / 2 + between(-3, 3) };
  const turn = between(0, 1), light = between(0.9, 1.1);
  const blot = { x: center.x + between(-20, 20), y: center.y + between(-20, 20) };
  const radius = between(6, 9);
  const image = new Uint8Array(3 * size * size), mask = new Uint8Array(size * size);
  for (let i = 0; i < size * size; i++) {
    const x = i % size, y = Math.floor(i / size);
    const isInside = isAnomalous && Math.hypot(x - blot.x, y - blot.y) < radius;
    const angle = Math.atan2(y - center.y, x - center.x) + turn;
    const color = isInside ? [200, 40, 40] : paint(Math.hypot(x - center.x, y - center.y), angle);
    color.forEach((value, channel) => {
      const noisy = light * value + 4 * random.gaussian();
      image[3 * i + channel] = Math.min(255, Math.max(0, Math.round(noisy)));
    });
    mask[i] = isInside ? 255 : 0;
  }
  return { image, mask };
}

async function writePng(path: string, data: Uint8Array): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  const channels = data.length === size * size ? 1 : 3;
  await sharp(data, { raw: { width: size, height: size, channels } }).png().toFile(path);
}
