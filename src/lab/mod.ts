/**
 * Experiments from a configuration: opened, run, studied, written down, looked at.
 *
 * `openWorkbench` opens dataset, embedder and engines; `runExperiment` is `deno task run`,
 * `openStudy` is `deno task scenarios`. Read `workbench.ts` first, then `run_conditions.ts`. The
 * commands of the command line are in `commands/`; `finished/` lists and compares what runs left.
 *
 * @module
 */
export { drawDatasetExamples, drawSmallestDefects } from "@/lab/dataset_pictures.ts";
export { runExperiment } from "@/lab/experiment.ts";
export { fitMemory } from "@/lab/fit_memory.ts";
export { drawGallery } from "@/lab/gallery.ts";
export { drawLayerMaps, drawLayers } from "@/lab/layer_pictures.ts";
export { measureInference } from "@/lab/measure_inference.ts";
export { loadModel } from "@/lab/model_store.ts";
export { drawExamples, drawPatches, loadPixels } from "@/lab/pictures.ts";
export { scoresChart } from "@/lab/run_report.ts";
export { scoreTestImages } from "@/lab/score_test_images.ts";
export { thresholdRuleOf, tolerancesOf } from "@/lab/settings.ts";
export { bankLabel, bankPoints, studyCoresets } from "@/lab/study_coresets.ts";
export { measureReach, poolLayers, recognizeByLayer, studyLayers } from "@/lab/study_layers.ts";
export { openStudy, runStudy, studiedModels } from "@/lab/study_scenarios.ts";
export { measureDefects, surveyDataset } from "@/lab/survey_dataset.ts";
export { writeThresholds } from "@/lab/thresholds/write_thresholds.ts";
export { openWorkbench } from "@/lab/workbench.ts";
