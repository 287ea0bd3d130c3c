/** ResNets of any size with seeded random weights, and their plain, slow computation. */
import type { FeatureMap } from "@/features/patch_embedding.ts";
import { createRandom } from "@/math/random.ts";
import { writeSafetensors } from "./write_safetensors.ts";

/** What a network consists of, as torchvision describes its own. */
export interface ResnetSizes {
  readonly block: "basic" | "bottleneck";
  readonly depths: readonly number[];
  /** Channels of the stem, and of layer1's blocks before they expand; default 64. */
  readonly base?: number;
  /** Factor on the inner width of bottlenecks; default 1, wide networks have 2. */
  readonly widening?: number;
}

/** torchvision's networks, and their published numbers of parameters without the classifier. */
export const published: readonly { name: string; sizes: ResnetSizes; parameters: number }[] = [
  { name: "resnet18", sizes: { block: "basic", depths: [2, 2, 2, 2] }, parameters: 11_176_512 },
  { name: "resnet34", sizes: { block: "basic", depths: [3, 4, 6, 3] }, parameters: 21_284_672 },
  {
    name: "resnet50",
    sizes: { block: "bottleneck", depths: [3, 4, 6, 3] },
    parameters: 23_508_032,
  },
  {
    name: "resnet101",
    sizes: { block: "bottleneck", depths: [3, 4, 23, 3] },
    parameters: 42_500_160,
  },
  {
    name: "resnet152",
    sizes: { block: "bottleneck", depths: [3, 8, 36, 3] },
    parameters: 58_143_808,
  },
  {
    name: "wide_resnet50_2",
    sizes: { block: "bottleneck", depths: [3, 4, 6, 3], widening: 2 },
    parameters: 66_834_240,
  },
  {
    name: "wide_resnet101_2",
    sizes: { block: "bottleneck", depths: [3, 4, 23, 3], widening: 2 },
    parameters: 124_837_696,
  },
];

/** Names and shapes of a network's tensors, as torchvision saves them. */
export function resnetShapes(sizes: ResnetSizes): Map<string, number[]> {
  const { block, depths, base = 64, widening = 1 } = sizes;
  const shapes = new Map<string, number[]>();
  const addConvolution = (names: [string, string], shape: [number, number, number]): void => {
    const [outputs, inputs, size] = shape;
    shapes.set(`${names[0]}.weight`, [outputs, inputs, size, size]);
    for (const part of ["weight", "bias", "running_mean", "running_var"]) {
      shapes.set(`${names[1]}.${part}`, [outputs]);
    }
    shapes.set(`${names[1]}.num_batches_tracked`, []);
  };
  addConvolution(["conv1", "bn1"], [base, 3, 7]);
  const expansion = block === "basic" ? 1 : 4;
  let inputs = base;
  depths.forEach((depth, index) => {
    const planes = base * 2 ** index, inner = block === "basic" ? planes : planes * widening;
    const outputs = planes * expansion;
    for (let n = 0; n < depth; n++) {
      const name = `layer${index + 1}.${n}`;
      const sizes: [number, number, number][] = block === "basic"
        ? [[outputs, inputs, 3], [outputs, outputs, 3]]
        : [[inner, inputs, 1], [inner, inner, 3], [outputs, inner, 1]];
      sizes.forEach((shape, i) =>
        addConvolution([`${name}.conv${i + 1}`, `${name}.bn${i + 1}`], shape)
      );
      if (n === 0 && (index > 0 || inputs !== outputs)) {
        addConvolution([`${name}.downsample.0`, `${name}.downsample.1`], [outputs, inputs, 1]);
      }
      inputs = outputs;
    }
  });
  shapes.set("fc.weight", [1000, inputs]);
  shapes.set("fc.bias", [1000]);
  return shapes;
}

/** Number of parameters without the classifier: running statistics are none. */
export function countParameters(shapes: ReadonlyMap<string, readonly number[]>): number {
  let sum = 0;
  for (const [name, shape] of shapes) {
    if (/^fc\.|running_|num_batches/.test(name)) continue;
    sum += shape.reduce((product, extent) => product * extent, 1);
  }
  return sum;
}

/** Values for one tensor, such that signals neither vanish nor explode. */
export function drawTensor(name: string, shape: readonly number[], seed = 1): Float32Array {
  const random = createRandom(seed, name);
  const length = shape.reduce((product, extent) => product * extent, 1);
  const fan = shape.slice(1).reduce((product, extent) => product * extent, 1);
  const draw = name.endsWith("running_var") || (shape.length === 1 && name.endsWith(".weight"))
    ? () => 0.5 + random.next()
    : shape.length === 1
    ? () => 0.1 * random.gaussian()
    : () => random.gaussian() * Math.sqrt(1.5 / fan);
  return Float32Array.from({ length }, draw);
}

/** Writes a network with random weights, and returns these; `keep` leaves tensors out by name. */
export async function writeResnet(
  path: string,
  { sizes, keep = () => true }: { sizes: ResnetSizes; keep?: (name: string) => boolean },
): Promise<Map<string, Float32Array>> {
  const tensors = new Map(
    [...resnetShapes(sizes)]
      .filter(([name]) => keep(name) && !name.endsWith("num_batches_tracked"))
      .map(([name, shape]) => [name, { shape, data: drawTensor(name, shape) }]),
  );
  await writeSafetensors(path, tensors);
  return new Map([...tensors].map(([name, { data }]) => [name, data]));
}

/** The feature maps of `layer1` to `layer4`, computed as the formulas stand, batch norm unfolded. */
export function runResnet(
  tensors: ReadonlyMap<string, Float32Array>,
  { sizes, images }: { sizes: ResnetSizes; images: FeatureMap },
): FeatureMap[] {
  const shapes = resnetShapes(sizes);
  const apply = (map: FeatureMap, names: [string, string], stride: number): FeatureMap =>
    normalize(
      convolve(map, {
        kernel: tensors.get(`${names[0]}.weight`)!,
        shape: shapes.get(`${names[0]}.weight`)!,
        stride,
      }),
      (part) => tensors.get(`${names[1]}.${part}`)!,
    );
  let map = maximum(relu(apply(images, ["conv1", "bn1"], 2)));
  return sizes.depths.map((depth, index) => {
    for (let n = 0; n < depth; n++) {
      const name = `layer${index + 1}.${n}`;
      const stride = n === 0 && index > 0 ? 2 : 1;
      const count = sizes.block === "basic" ? 2 : 3;
      let value = map;
      for (let i = 1; i <= count; i++) {
        const isStrided = i === count - 1;
        value = apply(value, [`${name}.conv${i}`, `${name}.bn${i}`], isStrided ? stride : 1);
        if (i < count) value = relu(value);
      }
      const hasShortcut = shapes.has(`${name}.downsample.0.weight`);
      const beside = hasShortcut
        ? apply(map, [`${name}.downsample.0`, `${name}.downsample.1`], stride)
        : map;
      map = relu({ ...value, data: value.data.map((each, i) => each + beside.data[i]!) });
    }
    return map;
  });
}

function relu(map: FeatureMap): FeatureMap {
  return { ...map, data: map.data.map((value) => Math.max(0, value)) };
}

function normalize(map: FeatureMap, part: (name: string) => Float32Array): FeatureMap {
  const plane = map.height * map.width;
  const data = map.data.map((value, i) => {
    const channel = Math.floor(i / plane) % map.channels;
    const deviation = Math.sqrt(part("running_var")[channel]! + 1e-5);
    return (value - part("running_mean")[channel]!) / deviation * part("weight")[channel]! +
      part("bias")[channel]!;
  });
  return { ...map, data };
}

function convolve(
  map: FeatureMap,
  { kernel, shape, stride }: { kernel: Float32Array; shape: readonly number[]; stride: number },
): FeatureMap {
  const [outputs, inputs, size] = shape as [number, number, number];
  const reach = (size - 1) / 2;
  return slide(map, {
    channels: outputs,
    size,
    stride,
    value: (image, output, y, x) => {
      let sum = 0;
      for (let input = 0; input < inputs; input++) {
        for (let dy = 0; dy < size; dy++) {
          for (let dx = 0; dx < size; dx++) {
            const value = at(map, [image, input, y - reach + dy, x - reach + dx]);
            sum += (value ?? 0) * kernel[((output * inputs + input) * size + dy) * size + dx]!;
          }
        }
      }
      return sum;
    },
  });
}

function maximum(map: FeatureMap): FeatureMap {
  return slide(map, {
    channels: map.channels,
    size: 3,
    stride: 2,
    value: (image, channel, y, x) => {
      let largest = -Infinity;
      for (let dy = -1; dy <= 1; dy++) {
        for (let dx = -1; dx <= 1; dx++) {
          largest = Math.max(largest, at(map, [image, channel, y + dy, x + dx]) ?? -Infinity);
        }
      }
      return largest;
    },
  });
}

function slide(map: FeatureMap, options: {
  channels: number;
  size: number;
  stride: number;
  value: (image: number, channel: number, y: number, x: number) => number;
}): FeatureMap {
  const { channels, stride, value } = options;
  const height = Math.floor((map.height - 1) / stride) + 1;
  const width = Math.floor((map.width - 1) / stride) + 1;
  const data = new Float32Array(map.count * channels * height * width);
  let i = 0;
  for (let image = 0; image < map.count; image++) {
    for (let channel = 0; channel < channels; channel++) {
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) data[i++] = value(image, channel, y * stride, x * stride);
      }
    }
  }
  return { count: map.count, channels, height, width, data };
}

function at(map: FeatureMap, [image, channel, y, x]: readonly number[]): number | undefined {
  if (y! < 0 || y! >= map.height || x! < 0 || x! >= map.width) return undefined;
  return map.data[((image! * map.channels + channel!) * map.height + y!) * map.width + x!];
}
