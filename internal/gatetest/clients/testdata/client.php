<?php
// Calls getState with PHP's SoapClient as a plan on stdin says; prints a JSON object a call.
$plan = json_decode(file_get_contents('php://stdin'), true);
const BASE = 'http://dom.gosuslugi.ru/schema/integration/base/';

class Client extends SoapClient {
	public ?string $action = null;
	public ?string $message = null; // to send in the place of what SoapClient made
	public function __doRequest(string $request, string $location, string $action, int $version, bool $oneWay = false): ?string {
		return parent::__doRequest($this->message ?? $request, $location, $this->action ?? $action, $version, $oneWay);
	}
}
function context(array $plan, array $call) {
	$ssl = ['cafile' => $plan['ca'], 'verify_peer' => true];
	if (!empty($call['cert'])) {
		$ssl += ['local_cert' => $call['cert'], 'local_pk' => $call['key']];
	}
	return stream_context_create(['ssl' => $ssl]);
}
// The text of the first element of a name in the raw answer's detail.
function find($value, string $name): ?string {
	foreach ((array)$value as $key => $v) {
		if ($key === $name && is_scalar($v)) return (string)$v;
		if ($v instanceof SoapVar && is_string($v->enc_value) && $v->enc_name === $name) return $v->enc_value;
		if (is_array($v) || is_object($v)) {
			$below = find($v, $name);
			if ($below !== null) return $below;
		}
	}
	return null;
}
foreach ($plan['calls'] as $call) {
	$out = ['name' => $call['name']];
	for ($i = 0; $i < $call['times']; $i++) {
		try {
			// The description is read with the first call's certificate, later from PHP's cache in memory.
			$client = new Client($plan['wsdl'], ['stream_context' => context($plan, $plan['calls'][0]), 'cache_wsdl' => WSDL_CACHE_MEMORY]);
			$caller = new Client($plan['wsdl'], ['stream_context' => context($plan, $call), 'cache_wsdl' => WSDL_CACHE_MEMORY, 'location' => $call['url']]);
			$caller->action = $call['action'] ?? null;
			if (!empty($call['message'])) {
				$caller->message = file_get_contents($call['message']);
				$ack = $caller->__soapCall('importMeteringDeviceValues', [new SoapVar('<signed/>', XSD_ANYXML)]);
				$out['state'] = $ack->Ack->MessageGUID ? 'ack' : '';
				continue;
			}
			$caller->__setSoapHeaders(new SoapHeader(BASE, 'RequestHeader', new SoapVar([
				new SoapVar($call['date'], XSD_STRING, null, null, 'Date', BASE),
				new SoapVar($call['guid'], XSD_STRING, null, null, 'MessageGUID', BASE),
				new SoapVar($call['org'], XSD_STRING, null, null, 'orgPPAGUID', BASE),
			], SOAP_ENC_OBJECT)));
			$result = $caller->getState(['MessageGUID' => $call['state']]);
			$out['state'] = (string)$result->RequestState;
		} catch (SoapFault $f) {
			$out += ['code' => $f->faultcode, 'text' => $f->faultstring, 'detail' => find($f->detail ?? null, 'Code'), 'system' => find($f->detail ?? null, 'ErrorCode')];
			break;
		}
	}
	echo json_encode($out, JSON_UNESCAPED_UNICODE), "\n";
}
echo json_encode(['version' => PHP_VERSION]), "\n";
