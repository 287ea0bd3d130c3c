/**
 * Everything that touches disk, network or native code. What is pure is in `mod.ts`.
 *
 * @module
 */
export * from "@/io/backbone.ts";
export * from "@/io/backbone_registry.ts";
export * from "@/io/backbones.ts";
export * from "@/io/datasets/registry.ts";
export * from "@/io/download.ts";
export * from "@/io/draw_layer_maps.ts";
export * from "@/io/draw_layers.ts";
export * from "@/io/embed_samples.ts";
export * from "@/io/embedder_options.ts";
export * from "@/io/environment.ts";
export * from "@/io/faiss.ts";
export * from "@/io/feature_head.ts";
export * from "@/io/feature_maps.ts";
export * from "@/io/fetch_weights.ts";
export * from "@/io/fit_memory.ts";
export * from "@/io/gallery.ts";
export * from "@/io/hash_file.ts";
export * from "@/io/image_batches.ts";
export * from "@/io/images.ts";
export * from "@/io/load_config.ts";
export * from "@/io/load_pixels.ts";
export * from "@/io/measure_inference.ts";
export * from "@/io/measure_pixels.ts";
export * from "@/io/measure_reach.ts";
export * from "@/io/measure_stages.ts";
export * from "@/io/neighbors.ts";
export * from "@/io/notebook.ts";
export * from "@/io/onnx_backbone.ts";
export * from "@/io/onnx_graph.ts";
export * from "@/io/outline_defect.ts";
export * from "@/io/parallel_sampler.ts";
export * from "@/io/picture_grid.ts";
export * from "@/io/pool_layers.ts";
export * from "@/io/progress.ts";
export * from "@/io/recognize_by_layer.ts";
export * from "@/io/render_chart.ts";
export * from "@/io/report.ts";
export * from "@/io/resnet_backbone.ts";
export * from "@/io/results.ts";
export * from "@/io/run_conditions.ts";
export * from "@/io/run_experiment.ts";
export * from "@/io/run_report.ts";
export * from "@/io/safetensors.ts";
export * from "@/io/sample_dataset.ts";
export * from "@/io/score_test_images.ts";
export * from "@/io/session.ts";
export * from "@/io/stopwatch.ts";
export * from "@/io/store.ts";
export * from "@/io/study_layers.ts";
export * from "@/io/study_scenarios.ts";
export * from "@/io/workbench.ts";
export * from "@/io/write_safetensors.ts";
export * from "@/io/yaml.ts";
