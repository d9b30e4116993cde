import java.io.File;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.TreeMap;
import javax.xml.XMLConstants;
import javax.xml.transform.stream.StreamSource;
import javax.xml.validation.Schema;
import javax.xml.validation.SchemaFactory;
import javax.xml.validation.Validator;
import org.xml.sax.ErrorHandler;
import org.xml.sax.SAXParseException;

/**
 * Compiles the schema that is the first argument with the JDK's Xerces,
 * validates the document that is the second, and prints for each line in error
 * "schema" or "document", the number of the line and the first message.
 */
public class Xerces {
	static final PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);

	static class Errors implements ErrorHandler {
		final TreeMap<Integer, String> first = new TreeMap<>();

		public void warning(SAXParseException e) {
		}

		public void error(SAXParseException e) {
			String m = e.getMessage().replace('\n', ' ');
			// Whether an ID has its IDREF is not a matter of types.
			if (!m.startsWith("cvc-id")) {
				first.putIfAbsent(e.getLineNumber(), m);
			}
		}

		public void fatalError(SAXParseException e) throws SAXParseException {
			throw e;
		}

		void print(String what) {
			first.forEach((line, message) -> out.println(what + " " + line + " " + message));
		}
	}

	public static void main(String[] args) throws Exception {
		SchemaFactory factory = SchemaFactory.newInstance(XMLConstants.W3C_XML_SCHEMA_NS_URI);
		factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, false);
		Errors errors = new Errors();
		factory.setErrorHandler(errors);
		Schema schema = factory.newSchema(new File(args[0]));
		errors.print("schema");
		Validator validator = schema.newValidator();
		Errors found = new Errors();
		validator.setErrorHandler(found);
		validator.validate(new StreamSource(new File(args[1])));
		found.print("document");
		out.flush();
	}
}
