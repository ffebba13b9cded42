// An XXL-JOB executor made with the npm package xxl-job: a peer that the end-to-end tests start.
//
//   node executor.mjs PORT ADMIN_URL APP TOKEN
//
// Handlers: ok and fails end at once; held ends when the test posts to /release.
import express from 'express'
import { createXxlJobExecutor } from 'xxl-job'

const [port, admin, app, token] = process.argv.slice(2)
const http = express()
http.use(express.json())

let release
const released = new Promise(resolve => { release = resolve })
http.post('/release', (_, answer) => {
  release()
  answer.send('ok')
})

const handlers = new Map()
handlers.set('ok', async (logger, request, params) => {
  logger.info(`params ${params}, shard ${request.broadcastIndex} of ${request.broadcastTotal}`)
  return { params, request: { ...request, isKill: undefined } }
})
handlers.set('fails', async () => {
  throw new Error('bad day 坏')
})
handlers.set('held', async logger => {
  logger.info('waiting')
  await released
})

// The package does not catch what its own calls to the scheduler throw while that is down.
process.on('unhandledRejection', error => console.error(`unhandled: ${error.message}`))

const executor = createXxlJobExecutor({
  app: http,
  appType: 'express',
  accessToken: token,
  baseUrl: `http://127.0.0.1:${port}`,
  executorKey: app,
  scheduleCenterUrl: admin,
  jobHandlers: handlers,
  logStorage: 'local',
})

http.listen(Number(port), '127.0.0.1', () => executor.initialization())

process.on('SIGTERM', async () => {
  await executor.cancel()
  process.exit(0)
})
