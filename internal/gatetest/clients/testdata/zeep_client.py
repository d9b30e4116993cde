"""Calls getState with zeep as a plan on stdin says; prints a JSON object a call."""
import json, sys
import requests, zeep
from zeep.plugins import Plugin
from zeep.transports import Transport

class Action(Plugin):
    action = None
    def egress(self, envelope, headers, operation, options):
        if self.action:
            headers['SOAPAction'] = '"%s"' % self.action
        return envelope, headers

def transport(ca, call):
    session = requests.Session()
    session.trust_env = False  # REQUESTS_CA_BUNDLE would win over verify
    session.verify = ca
    if call.get('cert'):
        session.cert = (call['cert'], call['key'])
    return Transport(session=session)

def local(element, name):
    for e in element.iter('{*}' + name):
        return e.text
    return ''

plan = json.load(sys.stdin)
plugin = Action()
client = zeep.Client(plan['wsdl'], transport=transport(plan['ca'], plan['calls'][0]), plugins=[plugin])
binding = next(iter(client.wsdl.bindings))
for call in plan['calls']:
    client.transport = transport(plan['ca'], call)
    service = client.create_service(binding, call['url'])
    plugin.action = call.get('action')
    out = {'name': call['name']}
    for _ in range(call['times']):
        try:
            if call.get('message'):
                # What somebody else signed goes out as it is; the answer is zeep's again.
                with open(call['message'], 'rb') as f:
                    answer = client.transport.post(call['url'], f.read(), {
                        'Content-Type': 'text/xml; charset=utf-8', 'SOAPAction': '"%s"' % call['action']})
                operation = service._binding._operations['importMeteringDeviceValues']
                result = service._binding.process_reply(client, operation, answer)
                body = getattr(result, 'body', result)
                body = getattr(body, 'AckRequest', body)
                out['state'] = 'ack' if body.Ack.MessageGUID else ''
                continue
            header = {'Date': call['date'], 'MessageGUID': call['guid'], 'orgPPAGUID': call['org']}
            result = service.getState(MessageGUID=call['state'], _soapheaders={'Header': header})
            body = getattr(result, 'body', result)
            body = getattr(body, 'getStateResult', body)
            out['state'] = str(body.RequestState)
        except zeep.exceptions.Fault as f:
            out.update(code=f.code, text=f.message, detail=local(f.detail, 'Code'), system=local(f.detail, 'ErrorCode'))
            break
        except Exception as e:
            out['error'] = repr(e)
            break
    print(json.dumps(out))
print(json.dumps({'version': zeep.__version__}))
