/**
 * What the authors of four public benchmarks have published about them.
 *
 * Counts are those of the papers; they tell whether a folder holds the whole benchmark. Archives
 * are described so that they can be fetched and verified (`deno task data download`).
 *
 * @module
 */
import type { DatasetName, ImageCounts } from "@/datasets/dataset.ts";
import { closestName } from "@/messages.ts";

/** The file that a benchmark is published as. */
export interface BenchmarkArchive {
  /** Its usual name. */
  readonly file: string;
  /** Where it can be downloaded, tried in order; none where it is shared by hand alone. */
  readonly addresses: readonly string[];
  /** Its size; `null` where none is known. */
  readonly bytes: number | null;
  /** SHA-256 of its bytes as 64 hexadecimal digits; `null` where none is known. */
  readonly sha256: string | null;
}

/** A public benchmark. */
export interface Benchmark {
  /** Name of its reader, as in `DATASET.name`. */
  readonly name: DatasetName;
  /** Name in prose. */
  readonly title: string;
  /** Page of its authors. */
  readonly page: string;
  /** Licence of the images. */
  readonly licence: string;
  /** Paper to cite. */
  readonly citation: string;
  /** Where its archive comes from. */
  readonly archive: BenchmarkArchive;
  /** Folder names that archives and mirrors put around the classes; a reader looks through them. */
  readonly wrappers: readonly string[];
  /** Published counts by class; the classes are sorted. */
  readonly classes: Readonly<Record<string, ImageCounts>>;
}

/** The benchmarks, by the name of their reader. */
export const benchmarks: Readonly<Record<string, Benchmark>> = {
  MVTec: {
    name: "MVTec",
    title: "MVTec AD",
    page: "https://www.mvtec.com/company/research/datasets/mvtec-ad",
    licence: "CC BY-NC-SA 4.0 (no commercial use)",
    citation: "P. Bergmann, M. Fauser, D. Sattlegger, C. Steger: MVTec AD – A Comprehensive " +
      "Real-World Dataset for Unsupervised Anomaly Detection. CVPR 2019",
    archive: {
      file: "mvtec_anomaly_detection.tar.xz",
      addresses: [
        "https://www.mydrive.ch/shares/150996/b52ecdcbf521176e9db9c731f2304b27/download/420938113-1629960298/mvtec_anomaly_detection.tar.xz",
      ],
      bytes: 5_264_982_680,
      sha256: "cf4313b13603bec67abb49ca959488f7eedce2a9f7795ec54446c649ac98cd3d",
    },
    wrappers: ["mvtec_anomaly_detection", "mvtec_ad", "MVTecAD"],
    classes: counts({
      bottle: [209, 20, 63],
      cable: [224, 58, 92],
      capsule: [219, 23, 109],
      carpet: [280, 28, 89],
      grid: [264, 21, 57],
      hazelnut: [391, 40, 70],
      leather: [245, 32, 92],
      metal_nut: [220, 22, 93],
      pill: [267, 26, 141],
      screw: [320, 41, 119],
      tile: [230, 33, 84],
      toothbrush: [60, 12, 30],
      transistor: [213, 60, 40],
      wood: [247, 19, 60],
      zipper: [240, 32, 119],
    }),
  },
  VisA: {
    name: "VisA",
    title: "VisA",
    page: "https://github.com/amazon-science/spot-diff",
    licence: "CC BY 4.0",
    citation: "Y. Zou, J. Jeong, L. Pemula, D. Zhang, O. Dabeer: SPot-the-Difference " +
      "Self-Supervised Pre-training for Anomaly Detection and Segmentation. ECCV 2022",
    archive: {
      file: "VisA_20220922.tar",
      addresses: ["https://amazon-visual-anomaly.s3.us-west-2.amazonaws.com/VisA_20220922.tar"],
      bytes: 1_929_840_640,
      sha256: "2eb8690c803ab37de0324772964100169ec8ba1fa3f7e94291c9ca673f40f362",
    },
    wrappers: ["VisA", "VisA_20220922", "visa"],
    classes: counts({
      candle: [900, 100, 100],
      capsules: [542, 60, 100],
      cashew: [450, 50, 100],
      chewinggum: [453, 50, 100],
      fryum: [450, 50, 100],
      macaroni1: [900, 100, 100],
      macaroni2: [900, 100, 100],
      pcb1: [904, 100, 100],
      pcb2: [901, 100, 100],
      pcb3: [905, 101, 100],
      pcb4: [904, 101, 100],
      pipe_fryum: [450, 50, 100],
    }),
  },
  BTAD: {
    name: "BTAD",
    title: "BTAD",
    page: "https://avires.dimi.uniud.it/papers/btad/btad.zip",
    licence: "CC BY-SA by its own README; others list it as non-commercial",
    citation: "P. Mishra, R. Verk, D. Fornasier, C. Piciarelli, G. L. Foresti: VT-ADL: A Vision " +
      "Transformer Network for Image Anomaly Detection and Localization. ISIE 2021",
    archive: {
      file: "btad.zip",
      addresses: ["https://avires.dimi.uniud.it/papers/btad/btad.zip"],
      bytes: null,
      sha256: "461c9387e515bfed41ecaae07c50cf6b10def647b36c9e31d239ab2736b10d2a",
    },
    wrappers: ["BTech_Dataset_transformed", "BTAD", "btad"],
    classes: counts({ "01": [400, 21, 49], "02": [399, 30, 200], "03": [1000, 400, 41] }),
  },
  MPDD: {
    name: "MPDD",
    title: "MPDD",
    page: "https://github.com/stepanje/MPDD",
    licence: "CC BY-NC-SA 4.0 (no commercial use)",
    citation: "S. Jezek, M. Jonak, R. Burget, P. Dvorak, M. Skotak: Deep learning-based defect " +
      "detection of metal parts: evaluating current methods in complex conditions. ICUMT 2021",
    archive: { file: "MPDD.zip", addresses: [], bytes: null, sha256: null },
    wrappers: ["MPDD", "mpdd", "anomaly_dataset"],
    classes: counts({
      bracket_black: [289, 32, 47],
      bracket_brown: [185, 26, 51],
      bracket_white: [110, 30, 30],
      connector: [128, 30, 14],
      metal_plate: [54, 26, 71],
      tubes: [122, 32, 69],
    }),
  },
};

/**
 * Finds a benchmark by name, in any mixture of capitals.
 *
 * @param name Name of its reader, such as `MVTec` or `visa`.
 * @returns The benchmark.
 * @throws {RangeError} If there is none of that name; the message suggests a similar one.
 *
 * @example The training images of MVTec AD
 * ```ts
 * import assert from "node:assert/strict";
 * import { findBenchmark } from "@/datasets/mod.ts";
 *
 * const { classes } = findBenchmark("mvtec");
 * assert.equal(Object.values(classes).reduce((sum, { train }) => sum + train, 0), 3629);
 * ```
 */
export function findBenchmark(name: string): Benchmark {
  const names = Object.keys(benchmarks);
  const match = names.find((each) => each.toLowerCase() === name.toLowerCase());
  if (match !== undefined) return benchmarks[match]!;
  const meant = closestName(name, names);
  const hint = meant === null ? `known are ${names.join(", ")}` : `did you mean "${meant}"?`;
  throw new RangeError(`Cannot find benchmark: unknown name "${name}", ${hint}`);
}

/** Names the three counts of each class. */
function counts(
  rows: Readonly<Record<string, readonly [train: number, normal: number, anomalous: number]>>,
): Record<string, ImageCounts> {
  return Object.fromEntries(
    Object.entries(rows).map(([name, [train, normal, anomalous]]) => [
      name,
      { train, normal, anomalous },
    ]),
  );
}
