// Calls getState with JAX-WS as a plan on stdin says, a line a call with
// fields separated by tabs; prints a line a call, fields separated by tabs.
import jakarta.xml.soap.*;
import jakarta.xml.ws.*;
import jakarta.xml.ws.soap.SOAPFaultException;
import java.io.*;
import java.net.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.security.*;
import java.security.cert.*;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.*;
import javax.net.ssl.*;
import javax.xml.namespace.QName;

public class Client {
	static final String BASE = "http://dom.gosuslugi.ru/schema/integration/base/";
	static final String TNS = "http://dom.gosuslugi.ru/schema/integration/device-metering-service-async/";

	public static void main(String[] args) throws Exception {
		BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
		PrintStream out = new PrintStream(System.out, true, "UTF-8");
		String[] first = in.readLine().split("\t", -1); // wsdl, ca, cert, key
		HttpsURLConnection.setDefaultSSLSocketFactory(sockets(first[1], first[2], first[3]));
		Service service = Service.create(new URL(first[0]), new QName(TNS, "DeviceMeteringServiceAsync"));
		for (String line; (line = in.readLine()) != null;) {
			String[] c = line.split("\t", -1); // name, url, cert, key, action, date, guid, org, state, times, message
			String said = "";
			for (int i = 0; i < Integer.parseInt(c[9]); i++) {
				Dispatch<SOAPMessage> d = service.createDispatch(new QName(TNS, "DeviceMeteringPortAsync"), SOAPMessage.class, Service.Mode.MESSAGE);
				Map<String, Object> context = d.getRequestContext();
				context.put(BindingProvider.ENDPOINT_ADDRESS_PROPERTY, c[1]);
				context.put("com.sun.xml.ws.transport.https.client.SSLSocketFactory", sockets(first[1], c[2], c[3]));
				context.put(BindingProvider.SOAPACTION_USE_PROPERTY, true);
				context.put(BindingProvider.SOAPACTION_URI_PROPERTY, c[4].isEmpty() ? "urn:getState" : c[4]);
				try {
					SOAPMessage answer = d.invoke(c[10].isEmpty() ? request(c) : prepared(c[10]));
					String state = text(answer.getSOAPBody(), "RequestState");
					said = "state\t" + (c[10].isEmpty() ? state : text(answer.getSOAPBody(), "RequesterMessageGUID").isEmpty() ? "" : "ack");
				} catch (SOAPFaultException e) {
					SOAPFault f = e.getFault();
					said = "fault\t" + f.getFaultCode() + "\t" + f.getFaultString() + "\t" + text(f.getDetail(), "Code") + "\t" + text(f.getDetail(), "ErrorCode");
					break;
				}
			}
			out.println(c[0] + "\t" + said);
		}
		out.println("\tversion\t" + com.sun.xml.ws.util.RuntimeVersion.VERSION.toString().replaceAll("^[^0-9]*| .*", ""));
	}

	// What somebody else signed.
	static SOAPMessage prepared(String file) throws Exception {
		try (InputStream in = Files.newInputStream(Path.of(file))) {
			return MessageFactory.newInstance().createMessage(new MimeHeaders(), in);
		}
	}

	static SOAPMessage request(String[] c) throws Exception {
		SOAPMessage m = MessageFactory.newInstance().createMessage();
		SOAPElement h = m.getSOAPHeader().addHeaderElement(new QName(BASE, "RequestHeader", "base"));
		h.addChildElement("Date", "base").setTextContent(c[5]);
		h.addChildElement("MessageGUID", "base").setTextContent(c[6]);
		h.addChildElement("orgPPAGUID", "base").setTextContent(c[7]);
		m.getSOAPBody().addBodyElement(new QName(BASE, "getStateRequest", "base")).addChildElement("MessageGUID", "base").setTextContent(c[8]);
		m.saveChanges();
		return m;
	}

	static String text(org.w3c.dom.Element in, String name) {
		org.w3c.dom.NodeList list = in == null ? null : in.getElementsByTagNameNS("*", name);
		return list == null || list.getLength() == 0 ? "" : list.item(0).getTextContent();
	}

	static SSLSocketFactory sockets(String ca, String cert, String key) throws Exception {
		KeyStore trust = KeyStore.getInstance("PKCS12");
		trust.load(null, null);
		trust.setCertificateEntry("ca", read(ca));
		TrustManagerFactory t = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
		t.init(trust);
		KeyManagerFactory k = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
		KeyStore own = KeyStore.getInstance("PKCS12");
		own.load(null, null);
		if (!cert.isEmpty()) {
			String pem = Files.readString(Path.of(key)).replaceAll("-----[A-Z ]+-----|\\s", "");
			PrivateKey p = KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem)));
			own.setKeyEntry("own", p, new char[0], new java.security.cert.Certificate[]{read(cert)});
		}
		k.init(own, new char[0]);
		SSLContext s = SSLContext.getInstance("TLS");
		s.init(k.getKeyManagers(), t.getTrustManagers(), null);
		return new Named(s.getSocketFactory());
	}

	// Named sends the server's name also for a host without a dot, which Java
	// does not: the gate's sites are told apart by it.
	static class Named extends SSLSocketFactory {
		final SSLSocketFactory f;
		Named(SSLSocketFactory f) { this.f = f; }
		Socket name(Socket s, String host) {
			SSLParameters p = ((SSLSocket) s).getSSLParameters();
			p.setServerNames(List.of(new SNIHostName(host)));
			((SSLSocket) s).setSSLParameters(p);
			return s;
		}
		public String[] getDefaultCipherSuites() { return f.getDefaultCipherSuites(); }
		public String[] getSupportedCipherSuites() { return f.getSupportedCipherSuites(); }
		public Socket createSocket(Socket s, String host, int port, boolean close) throws IOException { return name(f.createSocket(s, host, port, close), host); }
		public Socket createSocket(String host, int port) throws IOException { return name(f.createSocket(host, port), host); }
		public Socket createSocket(String host, int port, InetAddress a, int p) throws IOException { return name(f.createSocket(host, port, a, p), host); }
		public Socket createSocket(InetAddress host, int port) throws IOException { return f.createSocket(host, port); }
		public Socket createSocket(InetAddress host, int port, InetAddress a, int p) throws IOException { return f.createSocket(host, port, a, p); }
	}

	static java.security.cert.Certificate read(String path) throws Exception {
		try (InputStream in = Files.newInputStream(Path.of(path))) {
			return CertificateFactory.getInstance("X.509").generateCertificate(in);
		}
	}
}
