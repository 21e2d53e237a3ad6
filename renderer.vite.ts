import vue from '@vitejs/plugin-vue'
import type { HtmlTagDescriptor, Plugin, Rolldown, UserConfig } from 'vite'

/** The page that the program opens with. */
const FIRST_PAGE = 'DataPage.vue'

/** How the pages are built, for the program as for browser tests and benchmarks; who builds says from where and to where. */
export const rendererBuild: UserConfig = {
  plugins: [vue(), firstPageAtOnce()],
  build: {
    minify: true,
    rolldownOptions: {
      // A chunk runs after those it imports: this one, which every schema needs, also sets how schemas work (src/renderer/jitless.ts).
      output: { codeSplitting: { groups: [{ name: 'zod', test: /[\\/]zod[\\/]|jitless\.ts$/ }] } }
    }
  }
}

/** Lets the browser fetch the first page's code with the program's own, before that asks for it. */
function firstPageAtOnce(): Plugin {
  return {
    name: 'first-page-at-once',
    transformIndexHtml: {
      order: 'post',
      handler: (html, { bundle = {} }) => {
        const page = Object.values(bundle).find((file) => file.type === 'chunk' && file.facadeModuleId?.endsWith(FIRST_PAGE) === true)
        const files = [...page === undefined ? [] : withImports(page.fileName, bundle)].filter((file) => !html.includes(file))
        return files.map((file): HtmlTagDescriptor => ({ tag: 'link', attrs: { rel: 'modulepreload', crossorigin: true, href: `./${file}` }, injectTo: 'head' }))
      }
    }
  }
}

function withImports(file: string, bundle: Rolldown.OutputBundle, seen = new Set<string>()): Set<string> {
  const chunk = bundle[file]
  if (chunk?.type !== 'chunk' || seen.has(file)) return seen
  seen.add(file)
  for (const imported of chunk.imports) withImports(imported, bundle, seen)
  return seen
}
