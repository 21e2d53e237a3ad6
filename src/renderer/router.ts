import { createRouter, createWebHashHistory } from 'vue-router'

/** One route per page of the rail; the record in view is part of the address, so reloading comes back to it. */
export const router = createRouter({
  history: createWebHashHistory(),
  routes: [
    { path: '/', redirect: '/data' },
    { path: '/data/:itemId?', name: 'data', component: () => import('./pages/data/DataPage.vue') },
    { path: '/review/:trajectoryId?', name: 'review', component: () => import('./pages/review/ReviewPage.vue') },
    { path: '/train/:runId?', name: 'train', component: () => import('./pages/train/TrainPage.vue') },
    { path: '/evaluate', name: 'evaluate', component: () => import('./pages/evaluate/EvaluatePage.vue') },
    { path: '/models', name: 'models', component: () => import('./pages/models/ModelsPage.vue') }
  ]
})

export const PAGES = ['data', 'review', 'train', 'evaluate', 'models'] as const
export type PageName = (typeof PAGES)[number]
