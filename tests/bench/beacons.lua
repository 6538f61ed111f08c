-- wrk's script: fills the texts of traffic.py and posts them; the summary goes out as one line of JSON.
-- Arguments: the file of texts, the prefix of ids, then name and value of each header.

local threads = 0

function setup(thread)
  thread:set("number_of_thread", threads)
  threads = threads + 1
end

function init(args)
  texts = {}
  for line in io.lines(args[1]) do texts[#texts + 1] = line end
  prefix = args[2] .. "-" .. number_of_thread
  headers = {}
  for i = 3, #args, 2 do headers[args[i]] = args[i + 1] end
  count = 0
  math.randomseed(number_of_thread + 1)
end

function request()
  count = count + 1
  local values = {
    ID = string.format("%s-%08x", prefix, count),
    NOW = tostring(os.time()),
    VISITOR = prefix .. "-" .. math.floor(count / 6) + math.random(0, 299),
  }
  local body = string.gsub(texts[count % #texts + 1], "~(%u+)~", values)
  return wrk.format("POST", nil, headers, body)
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "seconds": %f, "refused": %d, "broken": %d, "p50": %f, "p99": %f, "p999": %f}\n',
    summary.requests, summary.duration / 1e6, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency:percentile(99.9) / 1e3))
end
