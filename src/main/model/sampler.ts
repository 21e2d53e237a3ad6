import { gumbelRow } from './gumbel.ts'

export interface SamplingRule {
  /** 0 takes the likeliest token. */
  readonly temperature: number
  /** Keep the k likeliest tokens; 0 = all. */
  readonly topK: number
  /** Keep the smallest set of likeliest tokens whose probability reaches this; 1 = all. */
  readonly topP: number
  /** Never drawn (placeholders, foreign turn marks); the log-probability is still that of the full softmax. */
  readonly bannedIds: ReadonlySet<number>
}

export interface SampledToken {
  readonly id: number
  /** Log p under the full softmax at temperature 1, whatever the rule: the policy's own. */
  readonly logProb: number
  /** Entropy of that softmax in nats. */
  readonly entropy: number
}

/** Which noise a token is drawn with: that of its place in its sequence, in the stream of a seed. */
export interface NoiseKey {
  readonly seed: number
  readonly position: number
}

/**
 * Draws a token from one row of logits: the argmax of logits / T + Gumbel noise over the ids the rule leaves, in float32 as the
 * decoder's loop computes it, so that both write the same tokens.
 */
export function sampleToken(logits: Float32Array, rule: SamplingRule, key: NoiseKey): SampledToken {
  const { logNorm, entropy } = softmaxFacts(logits)
  const id = rule.temperature === 0 ? likeliest(logits, rule.bannedIds) : draw(logits, rule, key)
  return { id, logProb: (logits[id] as number) - logNorm, entropy }
}

/** log sum exp and entropy of a row of logits. */
export function softmaxFacts(logits: Float32Array): { logNorm: number; entropy: number } {
  let max = Number.NEGATIVE_INFINITY
  for (let i = 0; i < logits.length; i++) if ((logits[i] as number) > max) max = logits[i] as number
  let [sum, weighted] = [0, 0]
  for (let i = 0; i < logits.length; i++) {
    const shifted = (logits[i] as number) - max
    const mass = Math.exp(shifted)
    sum += mass
    weighted += mass * shifted
  }
  return { logNorm: max + Math.log(sum), entropy: Math.log(sum) - weighted / sum }
}

function likeliest(logits: Float32Array, banned: ReadonlySet<number>): number {
  let best = -1
  for (let i = 0; i < logits.length; i++) {
    if ((best < 0 || (logits[i] as number) > (logits[best] as number)) && !banned.has(i)) best = i
  }
  return best
}

function draw(logits: Float32Array, rule: SamplingRule, { seed, position }: NoiseKey): number {
  const noise = new Float32Array(logits.length)
  gumbelRow(seed, position, noise, 0, logits.length)
  const temperature = Math.fround(rule.temperature)
  let [best, most] = [-1, Number.NEGATIVE_INFINITY]
  for (const i of candidates(logits, rule)) {
    const score = Math.fround(Math.fround((logits[i] as number) / temperature) + (noise[i] as number))
    if (score < most || (score === most && i > best)) continue
    best = i
    most = score
  }
  return best
}

/**
 * Ids left after bans, top-k and then top-p (of the tempered distribution), as the usual samplers do; summed in float32 from the
 * likeliest on, as the decoder's loop does.
 */
function candidates(logits: Float32Array, { temperature, topK, topP, bannedIds }: SamplingRule): number[] {
  const allowed: number[] = []
  for (let i = 0; i < logits.length; i++) if (!bannedIds.has(i)) allowed.push(i)
  if (topK === 0 && topP >= 1) return allowed
  allowed.sort((a, b) => (logits[b] as number) - (logits[a] as number) || a - b)
  if (topK > 0) allowed.length = Math.min(allowed.length, topK)
  if (topP >= 1) return allowed
  const max = logits[allowed[0] as number] as number
  const masses = allowed.map((i) => Math.fround(Math.exp(Math.fround(Math.fround((logits[i] as number) - max) / Math.fround(temperature)))))
  const limit = Math.fround(Math.fround(masses.reduce((a, b) => a + b, 0)) * Math.fround(topP))
  let kept = 0
  for (let sum = 0; kept < allowed.length && sum < limit; kept++) sum = Math.fround(sum + (masses[kept] as number))
  return allowed.slice(0, Math.max(kept, 1))
}
