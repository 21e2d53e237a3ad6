import { z } from 'zod'

// The page's content policy forbids building functions from text; zod would try it and fall back. Imported before any schema runs.
z.config({ jitless: true })
