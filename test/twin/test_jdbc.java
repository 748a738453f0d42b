// The JDBC driver of PostgreSQL, as Hibernate uses it: the statements of parameters.tsv on both sides. Every text is a
// varchar. JDBC speaks TCP alone; what stands between is test/clients/relay.py, whose port is in PGPORT.
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.*;
import java.time.LocalDate;

class JdbcTwin
{
	static int count, failures;

	static void equal(String got, String expected, String name)
	{
		boolean passed = got.equals(expected);

		System.out.printf("%s %d - %s%n", passed ? "ok" : "not ok", ++count, name);
		if (!passed)
		{
			failures++;
			System.out.printf("#      got: %s%n# expected: %s%n", got, expected);
		}
	}

	static Connection connect(String schema) throws SQLException
	{
		Connection connection = DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + System.getenv("PGPORT") + "/" +
			System.getenv("PGDATABASE") + "?user=twin_app&currentSchema=" + schema + "&prepareThreshold=2&sslmode=disable&gssEncMode=disable");

		connection.setAutoCommit(false);
		return connection;
	}

	static void bind(PreparedStatement statement, int number, String text) throws SQLException
	{
		String rest = text.length() > 1 ? text.substring(2) : "";

		if (text.startsWith("d:"))
			statement.setObject(number, LocalDate.parse(rest));
		else if (text.startsWith("i:"))
			statement.setInt(number, Integer.parseInt(rest));
		else if (text.startsWith("a:"))
			statement.setArray(number, statement.getConnection().createArrayOf("varchar", rest.split(",")));
		else if (text.startsWith("n:"))
			statement.setString(number, null);
		else
			statement.setString(number, text);
	}

	static String run(PreparedStatement statement) throws SQLException
	{
		StringBuilder answer = new StringBuilder();

		if (!statement.execute())
			return "count " + statement.getUpdateCount();
		try (ResultSet rows = statement.getResultSet())
		{
			while (rows.next())
			{
				for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++)
					answer.append(i > 1 ? "|" : "").append(rows.getString(i));
				answer.append("; ");
			}
		}
		return answer.toString();
	}

	// The answer of the first time, and of the seventh, when the plan is kept
	static String ask(Connection connection, String[] test) throws SQLException
	{
		String first = null, last = null;

		try (PreparedStatement statement = connection.prepareStatement(test[1].replaceAll("\\$\\d", "?")))
		{
			for (int i = 2; i < test.length; i++)
				bind(statement, i - 1, test[i]);
			for (int time = 0; time < 7; time++)
			{
				last = run(statement);
				first = time == 0 ? last : first;
				connection.rollback();
			}
		}
		catch (SQLException error)
		{
			connection.rollback();
			return "error " + error.getSQLState();
		}
		return first + " / " + last;
	}

	public static void main(String[] arguments) throws Exception
	{
		try (Connection plain = connect("plain"); Connection ours = connect("app"))
		{
			for (String line : Files.readAllLines(Path.of("test/twin/parameters.tsv")))
			{
				String[] test = line.split("\t");

				if (line.startsWith("#"))
					continue;
				String expected = ask(plain, test);
				equal(ask(ours, test), expected.matches("error (?!23505).*") ? "no answer of the twin: " + expected : expected, test[0]);
			}
		}
		System.out.printf("1..%d%n", count);
		System.exit(failures > 0 ? 1 : 0);
	}
}
