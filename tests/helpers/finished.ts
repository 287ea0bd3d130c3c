/** Folders of finished runs that no run made, with numbers to order. */
import { join } from "node:path";
import { defaultConfig } from "@/config.ts";
import { stringifyYaml } from "@/files/yaml.ts";

/** One row of `scores.csv`: what came of a test image. */
export interface MadeUpScore {
  readonly image: string;
  readonly className?: string;
  readonly label: 0 | 1;
  readonly score: number;
  readonly threshold?: number;
}

/** What a made-up run says of itself. */
export interface MadeUpRun {
  readonly dataset?: string;
  readonly model?: "PatchCore" | "HierarchicalPatchCore";
  readonly scenario?: number;
  readonly finished?: string;
  readonly aurocs?: Readonly<Record<string, number | null>>;
  readonly f1?: number | null;
  readonly thresholds?: readonly (number | null)[];
  readonly scores?: readonly MadeUpScore[];
  readonly alpha?: number;
  readonly datadir?: string | null;
}

/** Writes the folder of a run as far as lists and comparisons read it; gives its path. */
export async function writeMadeUpRun(folder: string, run: MadeUpRun = {}): Promise<string> {
  const { dataset = "sample", model = "PatchCore", scenario = 4, aurocs = { nut: 0.75 } } = run;
  const { f1 = 0.5, thresholds = [1], scores = [], alpha = 0.05, datadir = null } = run;
  const values = Object.values(aurocs).filter((value) => value !== null);
  await Deno.mkdir(folder, { recursive: true });
  const write = (name: string, content: unknown): Promise<void> =>
    Deno.writeTextFile(join(folder, name), JSON.stringify(content));
  await write("test_results.json", {
    schema: 1,
    dataset,
    model,
    scenario,
    classes: Object.fromEntries(
      Object.entries(aurocs).map(([name, image_auroc]) => [name, { image_auroc }]),
    ),
    macro: {
      image_auroc: values.length === 0
        ? null
        : values.reduce((sum, value) => sum + value, 0) / values.length,
    },
  });
  await write("test_binary_results.json", {
    schema: 1,
    thresholds: Object.fromEntries(thresholds.map((value, i) => [`group ${i}`, { value }])),
    pooled: { f1 },
  });
  await write("environment.json", { finished: run.finished ?? "2026-01-02T03:04:05.000Z" });
  const config = {
    ...defaultConfig,
    DATASET: { ...defaultConfig.DATASET, datadir },
    MODEL: { ...defaultConfig.MODEL, name: model },
    EVALUATION: { ...defaultConfig.EVALUATION, alpha },
  };
  await Deno.writeTextFile(join(folder, "config.yaml"), await stringifyYaml(config));
  await Deno.writeTextFile(join(folder, "report.html"), "<p>report</p>");
  const lines = scores.map(({ image, className = "nut", label, score, threshold = 3 }) =>
    [image, className, "test", label, "all", score, threshold, Number(score >= threshold)].join(",")
  );
  await Deno.writeTextFile(
    join(folder, "scores.csv"),
    [
      "image,class,split,label,group,score,threshold,decision",
      ...lines,
      "a training image,nut,train,0,all,0.5,,",
    ].join("\n"),
  );
  return folder;
}
