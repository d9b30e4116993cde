import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.FileInputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import javax.xml.XMLConstants;
import javax.xml.parsers.SAXParserFactory;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;
import org.xml.sax.SAXParseException;
import org.xml.sax.XMLReader;
import org.xml.sax.helpers.DefaultHandler;

/**
 * Parses the documents of the file that is the first argument with the JDK's
 * Xerces, not validating and without reading anything external. Each has a byte
 * before it that says whether namespaces are read, and its length. Prints for
 * each a line with what makes it not well-formed, empty if nothing does.
 */
public class Xerces {
	static final String APACHE = "http://apache.org/xml/features/";
	static final String SAX = "http://xml.org/sax/features/";

	static class Fatal extends DefaultHandler {
		public void fatalError(SAXParseException e) throws SAXException {
			throw e;
		}
	}

	static XMLReader reader(boolean namespaces) throws Exception {
		SAXParserFactory factory = SAXParserFactory.newInstance();
		factory.setNamespaceAware(namespaces);
		factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, false);
		factory.setFeature(APACHE + "nonvalidating/load-external-dtd", false);
		factory.setFeature(SAX + "external-general-entities", false);
		factory.setFeature(SAX + "external-parameter-entities", false);
		XMLReader reader = factory.newSAXParser().getXMLReader();
		Fatal fatal = new Fatal();
		reader.setErrorHandler(fatal);
		reader.setContentHandler(fatal);
		return reader;
	}

	public static void main(String[] args) throws Exception {
		PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
		XMLReader plain = reader(false), qualified = reader(true);
		try (DataInputStream in = new DataInputStream(new BufferedInputStream(new FileInputStream(args[0])))) {
			for (;;) {
				XMLReader reader = in.readByte() != 0 ? qualified : plain;
				byte[] doc = new byte[in.readInt()];
				in.readFully(doc);
				String verdict = "";
				try {
					reader.parse(new InputSource(new ByteArrayInputStream(doc)));
				} catch (Exception e) {
					verdict = String.valueOf(e).replace('\n', ' ').replace('\r', ' ');
				}
				out.println(verdict);
			}
		} catch (EOFException end) {
			out.flush();
		}
	}
}
