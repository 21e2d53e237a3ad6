import { z } from 'zod'

/** An OpenAI-compatible server with vision that can act as a teacher. Its key is no part of it. */
export const Endpoint = z.object({
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$/, 'letters, digits, - and _, at most 40'),
  /** Up to and without `/chat/completions`, as in `https://host/v1`. */
  baseUrl: z.url({ protocol: /^https?$/ }).max(500).refine((url) => {
    const { username, password, search, hash } = URL.canParse(url) ? new URL(url) : { username: '', password: '', search: '', hash: '' }
    return username + password + search + hash === ''
  }, 'must hold no user name, password, query or fragment'),
  model: z.string().min(1).max(200),
  /** Requests in flight at once. */
  parallelism: z.int().positive().max(256).default(4),
  /** Of one request, from sending to its last byte. */
  timeoutSeconds: z.number().positive().max(3600).default(120),
  /** Further tries of a request that failed for a passing reason. */
  retries: z.int().nonnegative().max(20).default(5),
  /** Of a million tokens, in whatever currency the bill is in; null: unknown. */
  price: z.object({ prompt: z.number().nonnegative(), completion: z.number().nonnegative() }).nullable().default(null),
  /** The name the server has for the limit of a reply; newer models of OpenAI know only the second. */
  tokenLimit: z.enum(['max_tokens', 'max_completion_tokens']).default('max_tokens')
})
export type Endpoint = z.infer<typeof Endpoint>

/** What may be told of an endpoint: whether it has a key, never the key. */
export const KnownEndpoint = Endpoint.extend({ hasKey: z.boolean() })
export type KnownEndpoint = z.infer<typeof KnownEndpoint>

/** What an endpoint was asked and what that cost (0 while its price is unknown). */
export interface Usage {
  readonly requests: number
  readonly promptTokens: number
  readonly completionTokens: number
  readonly cost: number
}

/** The name under which the paths of an endpoint are kept. */
export function teacherName({ name, model }: Pick<Endpoint, 'name' | 'model'>): string {
  return `${name}/${model}`
}

/** Whether a teacher's name is an endpoint's; scripted teachers have no slash in theirs. */
export function isEndpointTeacher(teacher: string | null): boolean {
  return teacher !== null && teacher.includes('/')
}

/** Fewest turns of an endpoint's path that is worth learning from (ViLaSR's cold start). */
export const MIN_TEACHER_STEPS = 3
