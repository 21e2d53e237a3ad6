/** The part of a stage's settings that shapes its learning rate. */
export interface ScheduleSettings {
  /** How the rate falls after the warm-up; default: half a cosine. */
  readonly schedule?: 'cosine' | 'linear' | 'constant'

  readonly learningRate: number
  /** Share of the steps spent warming up linearly from 0. */
  readonly warmupRatio: number
  /** The fall ends at this share of the peak. */
  readonly minLearningRateRatio: number
}

/** Learning rate of step `step` (0-based) of `totalSteps`: linear warm-up to the peak, then down to the floor by the schedule's curve. */
export function learningRateAt(step: number, totalSteps: number, settings: ScheduleSettings): number {
  const warmup = Math.round(totalSteps * settings.warmupRatio)
  if (step < warmup) return (settings.learningRate * (step + 1)) / warmup
  const progress = Math.min(1, (step - warmup) / Math.max(1, totalSteps - warmup))
  const floor = settings.minLearningRateRatio
  return settings.learningRate * (floor + (1 - floor) * remaining(progress, settings.schedule ?? 'cosine'))
}

function remaining(progress: number, schedule: NonNullable<ScheduleSettings['schedule']>): number {
  switch (schedule) {
    case 'cosine': return 0.5 * (1 + Math.cos(Math.PI * progress))
    case 'linear': return 1 - progress
    case 'constant': return 1
  }
}
