import { z } from 'zod'

// The page's content policy forbids building functions from text, which zod tries when a schema is made: said before any is.
z.config({ jitless: true })
