/** What is done to at least so many records at once is a job with its progress; to fewer it is done before anyone could read that. */
export const BULK_JOB_FROM = 2000
