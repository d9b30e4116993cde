// Calls getState with node's soap as a plan on stdin says; prints a JSON object a call.
const fs = require('fs'), https = require('https');
const { createRequire } = require('module');
const load = createRequire(process.argv[2] + '/');
const soap = load('soap'), axios = load('axios');

function options(plan, call) {
  const o = { ca: fs.readFileSync(plan.ca), keepAlive: true };
  if (call.cert) { o.cert = fs.readFileSync(call.cert); o.key = fs.readFileSync(call.key); }
  return o;
}
// The values of all elements of a name, at any depth of a parsed fault.
function find(value, name) {
  if (value === null || typeof value !== 'object') return undefined;
  for (const [k, v] of Object.entries(value)) {
    if (k.split(':').pop() === name) return String(v && v.$value !== undefined ? v.$value : v);
    const below = find(v, name);
    if (below !== undefined) return below;
  }
}
(async () => {
  const plan = JSON.parse(fs.readFileSync(0, 'utf8'));
  const agent = call => ({ httpsAgent: new https.Agent(options(plan, call)) });
  const client = await soap.createClientAsync(plan.wsdl, { request: axios.create(agent(plan.calls[0])) });
  for (const call of plan.calls) {
    const out = { name: call.name };
    client.setEndpoint(call.url);
    for (let i = 0; i < call.times; i++) {
      client.httpClient._request = axios.create(agent(call));
      client.clearSoapHeaders();
      client.addSoapHeader({ 'base:RequestHeader': { 'base:Date': call.date, 'base:MessageGUID': call.guid, 'base:orgPPAGUID': call.org } },
        '', 'base', 'http://dom.gosuslugi.ru/schema/integration/base/');
      const extra = call.action ? { SOAPAction: '"' + call.action + '"' } : {};
      try {
        if (call.message) {
          // What somebody else signed takes the place of what soap made.
          const prepared = fs.readFileSync(call.message, 'utf8');
          const [ack] = await client.importMeteringDeviceValuesAsync({}, { postProcess: () => prepared }, extra);
          out.state = ack.Ack.MessageGUID ? 'ack' : '';
          continue;
        }
        const [result] = await client.getStateAsync({ MessageGUID: call.state }, {}, extra);
        out.state = String(result.RequestState);
      } catch (e) {
        const f = e.root && e.root.Envelope && e.root.Envelope.Body.Fault;
        if (!f) { out.error = String(e); break; }
        out.code = String(f.faultcode); out.text = find({ f: f.faultstring }, 'f') || e.message;
        out.detail = find(f.detail, 'Code'); out.system = find(f.detail, 'ErrorCode');
        break;
      }
    }
    console.log(JSON.stringify(out));
  }
  console.log(JSON.stringify({ version: load('soap/package.json').version }));
})().catch(e => { console.error(e); process.exit(1); });
