/** What jobs are called and what they are at. */
export const enJobs = {
  jobNamed: {
    rollOut: 'Roll out {items} x {samples} with {writer}', continuePath: 'Continue a path {samples} x after step {step} with {writer}', evaluate: 'Evaluate {name}', pipeline: 'Pipeline ({minutes} min, seed {seed})',
    pipelineFrom: 'Pipeline from {name} (seed {seed})', generate: 'Generate {count} {generator}', import: 'Import {name}', importSample: 'Import the real questions', importModel: 'Import model {name}', export: 'Export {items} questions',
    prelabel: 'Pre-label {items} items with {writer}', prelabelMore: 'Pre-label {items} more items with {writer}'
  },
  progressPhase: {
    rollout: 'rollouts', evaluation: 'evaluation', training: 'training', reinforcement: 'reinforcement', sampling: 'sampling', dry_run: 'dry run', convert_weights: 'converting weights', import: 'import', generate: 'generating', teach: 'writing paths', export: 'export'
  }
}
