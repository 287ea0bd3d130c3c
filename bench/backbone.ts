/**
 * What the paper's backbone takes, with random weights of full width: building its graph, opening it,
 * embedding images, and the patch embedding's share of that.
 *
 *     deno task bench:backbone [runs=5] [batch=4] [threads=0] [write=FILE]
 *
 * Wide ResNet-50-2 up to layer4, 256 × 256 pixels, layers 2 and 3 for patches. Weights change none of
 * these numbers, so nothing is downloaded. Both graphs run in turn; medians are printed.
 *
 * @module
 */
import { join } from "node:path";
import { type GraphSession, openResnet, openSession } from "@/backbones/mod.ts";
import { appendMeanHead, findEmbedderGraph, type GraphSettings } from "@/features/mod.ts";
import { drawTensor, published, resnetShapes } from "../tests/helpers/resnet.ts";
import { writeSafetensors } from "../tests/helpers/write_safetensors.ts";
import { readArguments } from "./arguments.ts";
import { figureLine, openFigures, print } from "./figures.ts";
import { describeMachine, loadLine, machineLine } from "./machine.ts";
import { peakBytes } from "./peak_bytes.ts";

const settings: GraphSettings = {
  layers: ["layer2", "layer3"],
  semanticLayer: "layer4",
  patchSize: 3,
  pretrainEmbedDimension: 1024,
  targetEmbedDimension: 1024,
  imageSize: 256,
};
const [mode, folder] = Deno.args;
if (mode === "build") await build(folder!);
else {
  await compare(readArguments(Deno.args, { runs: 5, batch: 4, threads: 0, write: "" }));
}

/** One process that builds the graph and nothing else, so that its peak memory is the build's. */
async function build(folder: string): Promise<void> {
  const begin = performance.now();
  await findEmbedderGraph(await openNetwork(folder), { settings, folder });
  const seconds = (performance.now() - begin) / 1000;
  print(JSON.stringify({ seconds, peak: peakBytes() }));
}

async function compare(
  { runs, batch, threads, write }: {
    runs: number;
    batch: number;
    threads: number;
    write: string;
  },
): Promise<void> {
  const figures = openFigures(write);
  const folder = await Deno.makeTempDir();
  try {
    print(`${machineLine(await describeMachine())}; ${loadLine()}`);
    await writeNetwork(folder);
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "-q", import.meta.filename!, "build", folder],
      stderr: "inherit",
    }).output();
    const built = JSON.parse(new TextDecoder().decode(stdout)) as { seconds: number; peak: number };
    const backbone = await openNetwork(folder);
    const file = await findEmbedderGraph(backbone, { settings, folder });
    const { size } = await Deno.stat(file.path);
    print(
      `build    ${built.seconds.toFixed(1)} s, peak memory ${(built.peak / 1e9).toFixed(2)} GB, ` +
        `graph ${(size / 1e6).toFixed(0)} MB`,
    );
    const open = () => openSession({ ...file, threads, provider: "cpu" });
    const first = await timed(open);
    await first.result.close();
    const { result: whole, milliseconds } = await timed(open);
    print(
      `open     ${(first.milliseconds / 1000).toFixed(1)} s with optimising, ` +
        `${(milliseconds / 1000).toFixed(1)} s afterwards`,
    );
    const bare = await openBare(folder, threads);
    const times = await alternate({ whole, bare }, { runs, batch });
    const measured = {
      series: "backbone, Wide ResNet-50-2",
      sizes: { batch, threads: threads || navigator.hardwareConcurrency },
      unit: "ms an image",
    };
    const bareFigure = figures.add({
      ...measured,
      way: "the network alone",
      values: times.bare,
    });
    print(figureLine(bareFigure));
    const all = figures.add({
      ...measured,
      way: "with the patch embedding",
      values: times.whole,
      against: bareFigure,
    });
    print(
      figureLine(all, `: ${(1000 / all.median).toFixed(1)} images a second in batches of ${batch}`),
    );
    await figures.save();
    await whole.close();
    await bare.close();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function writeNetwork(folder: string): Promise<void> {
  const { sizes } = published.find(({ name }) => name === "wide_resnet50_2")!;
  const shapes = [...resnetShapes(sizes)].filter(([name]) => !name.endsWith("num_batches_tracked"));
  await writeSafetensors(
    join(folder, "network.safetensors"),
    new Map(shapes.map(([name, shape]) => [name, { shape, data: () => drawTensor(name, shape) }])),
  );
}

function openNetwork(folder: string) {
  const normalization = { scale: 255, mean: [0, 0, 0], std: [1, 1, 1] } as const;
  const path = join(folder, "network.safetensors");
  return openResnet({ name: "network", path, normalization });
}

/** The same layers, each averaged to a vector: the network without the patch embedding. */
async function openBare(folder: string, threads: number): Promise<GraphSession> {
  const layers = [...settings.layers, settings.semanticLayer!];
  const { graph, maps } = await (await openNetwork(folder)).build({
    height: settings.imageSize,
    width: settings.imageSize,
    layers,
  });
  maps.forEach((map, i) => {
    const { value, dimension } = appendMeanHead(graph, map);
    graph.output(layers[i]!, value, { type: "float32", shape: ["n", dimension] });
  });
  const path = join(folder, "bare.onnx");
  await Deno.writeFile(path, graph.encode());
  return await openSession({ path, hash: "bare", threads, provider: "cpu" });
}

/** Milliseconds per image of every run, the sessions in turn. */
async function alternate<Name extends string>(
  sessions: Readonly<Record<Name, GraphSession>>,
  { runs, batch }: { runs: number; batch: number },
): Promise<Record<Name, number[]>> {
  const side = settings.imageSize;
  const data = Float32Array.from({ length: batch * 3 * side * side }, (_, i) => (i % 251) / 251);
  const images = { dims: [batch, 3, side, side], data };
  const entries = Object.entries(sessions) as [Name, GraphSession][];
  const times = Object.fromEntries(entries.map(([name]) => [name, [] as number[]])) as Record<
    Name,
    number[]
  >;
  for (let run = -1; run < runs; run++) {
    for (const [name, session] of entries) {
      const { milliseconds } = await timed(() => session.run({ images }));
      if (run >= 0) times[name].push(milliseconds / batch);
    }
  }
  return times;
}

async function timed<Result>(work: () => Promise<Result>) {
  const begin = performance.now();
  const result = await work();
  return { result, milliseconds: performance.now() - begin };
}
