/**
 * Compares choices of layers for patch embeddings: one model per class, everything else equal.
 *
 * @module
 */
import type { LayerChoiceScore } from "@/charts/features.ts";
import type { ExperimentConfig } from "@/config.ts";
import { scenarios } from "@/evaluation/scenarios.ts";
import type { PatchGrid } from "@/features/embedder.ts";
import type { FeatureSource } from "@/features/feature_source.ts";
import type { StartProgress } from "@/files/progress.ts";
import { runConditions } from "@/lab/run_conditions.ts";
import type { AssignedScores } from "@/lab/score_test_images.ts";
import { openWorkbench, type Workbench } from "@/lab/workbench.ts";

/** What is compared, and at which size of the memory bank. */
export interface StudyLayersOptions {
  /** The choices; at least one, each of at least one layer of the backbone. */
  readonly choices: readonly (readonly string[])[];
  /**
   * Patch embeddings kept per training image, or all where there are fewer; default: what the
   * configuration's share makes of the first choice. A coarse grid would otherwise keep a handful.
   */
  readonly rowsPerImage?: number;
  /** How progress is shown; default: not at all. */
  readonly startProgress?: StartProgress;
}

/** What one choice of layers came to. */
export interface LayerChoice {
  /** The layers joined by " + ". */
  readonly choice: string;
  /** Values per patch embedding. */
  readonly dimension: number;
  /** Patch positions of an image. */
  readonly grid: PatchGrid;
  /** Patch embeddings kept, over all classes. */
  readonly kept: number;
  /** Image and pixel AUROC of each class. */
  readonly classes: readonly LayerChoiceScore[];
  /** Scores of the test images. */
  readonly scored: AssignedScores;
}

/**
 * Fits one bank per class for every choice of layers and measures how well it finds defects.
 *
 * All choices keep equally many patch embeddings, as far as they have them: what is compared is what
 * the layers know and not how much of it is kept.
 *
 * @param config The experiment; its layers are replaced by each choice in turn.
 * @param options Choices and size of the memory bank.
 * @returns One result per choice, in order.
 * @throws {RangeError} If there is no choice, or the backbone does not have a layer.
 *
 * @example No choice
 * ```ts
 * import assert from "node:assert/strict";
 * import { defaultConfig } from "@/config.ts";
 * import { studyLayers } from "@/lab/study_layers.ts";
 *
 * await assert.rejects(studyLayers(defaultConfig, { choices: [] }), {
 *   message: "Cannot study layers: at least one choice is needed, got none",
 * });
 * ```
 */
export async function studyLayers(
  config: ExperimentConfig,
  options: StudyLayersOptions,
): Promise<LayerChoice[]> {
  const { choices, startProgress } = options;
  if (choices.length === 0) {
    throw new RangeError("Cannot study layers: at least one choice is needed, got none");
  }
  const found: LayerChoice[] = [];
  let { rowsPerImage } = options;
  for (const layers of choices) {
    const workbench = await openWorkbench(
      { ...config, MODEL: { ...config.MODEL, layers } },
      startProgress === undefined ? {} : { startProgress },
    );
    try {
      const training = await workbench.embedTraining();
      const positions = training.grid.rows * training.grid.columns;
      rowsPerImage ??= config.MODEL.sampler_ratio * positions;
      found.push(await studyChoice(workbench, { training, ratio: rowsPerImage / positions }));
    } finally {
      await workbench.close();
    }
  }
  return found;
}

async function studyChoice(
  workbench: Workbench,
  { training, ratio }: { training: FeatureSource; ratio: number },
): Promise<LayerChoice> {
  const { config, embedder } = workbench;
  const MODEL = { ...config.MODEL, sampler_ratio: Math.min(1, ratio) };
  const scenario = scenarios[0]!;
  const { results, grid, close } = await runConditions({
    ...workbench,
    config: { ...config, MODEL },
    embedTraining: () => Promise.resolve(training),
  }, [{ model: "PatchCore", scenario }]);
  const { evaluation, memory, scored } = results[0]!;
  const choice = MODEL.layers.join(" + ");
  const kept = memory.detector.groups.reduce((sum, { embeddings }) => sum + embeddings.rows, 0);
  await close();
  return {
    choice,
    dimension: embedder.dimension,
    grid,
    kept,
    classes: Object.entries(evaluation.classes).map(([className, metrics]) => ({
      choice,
      className,
      image: metrics.image_auroc,
      pixel: metrics.pixel_auroc,
    })),
    scored,
  };
}
