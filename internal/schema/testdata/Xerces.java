import java.io.File;
import java.io.IOException;
import javax.xml.XMLConstants;
import javax.xml.transform.stream.StreamSource;
import javax.xml.validation.Schema;
import javax.xml.validation.SchemaFactory;
import javax.xml.validation.Validator;
import org.xml.sax.ErrorHandler;
import org.xml.sax.SAXException;
import org.xml.sax.SAXParseException;

/**
 * Judges with the JDK's Xerces: each folder in the one given holds main.xsd
 * and instances *.xml. A line of the output is folder/file, then ok or the
 * first error.
 */
public class Xerces {
	static class First implements ErrorHandler {
		SAXParseException error;

		public void warning(SAXParseException e) {}

		public void error(SAXParseException e) {
			if (error == null) {
				error = e;
			}
		}

		public void fatalError(SAXParseException e) throws SAXException {
			error(e);
			throw e;
		}

		void print(File f, String thrown) {
			String text = error != null ? error.getMessage() : thrown;
			System.out.println(f.getParentFile().getName() + "/" + f.getName() + "\t" + text.replaceAll("\\s+", " "));
		}
	}

	public static void main(String[] args) throws Exception {
		for (File dir : new File(args[0]).listFiles()) {
			// A factory remembers what it has seen of other schemas' namespaces.
			SchemaFactory factory = SchemaFactory.newInstance(XMLConstants.W3C_XML_SCHEMA_NS_URI);
			// Its limits are no part of XML Schema.
			factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, false);
			File main = new File(dir, "main.xsd");
			First first = new First();
			factory.setErrorHandler(first);
			Schema schema = null;
			String thrown = "ok";
			try {
				schema = factory.newSchema(main);
			} catch (SAXException e) {
				thrown = String.valueOf(e.getMessage());
			}
			first.print(main, thrown);
			if (first.error == null && schema != null) {
				validate(schema, dir);
			}
		}
	}

	static void validate(Schema schema, File dir) throws IOException {
		for (File f : dir.listFiles((d, name) -> name.endsWith(".xml"))) {
			First first = new First();
			Validator validator = schema.newValidator();
			validator.setErrorHandler(first);
			String thrown = "ok";
			try {
				validator.validate(new StreamSource(f));
			} catch (SAXException e) {
				thrown = String.valueOf(e.getMessage());
			}
			first.print(f, thrown);
		}
	}
}
