// The JDBC driver of PostgreSQL: setString sends varchar, setObject other types. JDBC speaks TCP alone; what stands
// between is relay.py, whose port is in PGPORT.
import java.sql.*;
import java.time.LocalDate;
import java.util.Objects;

class Jdbc
{
	static int count, failures;

	static void equal(Object got, Object expected, String name)
	{
		boolean passed = Objects.equals(got, expected);

		System.out.printf("%s %d - %s%n", passed ? "ok" : "not ok", ++count, name);
		if (!passed)
		{
			failures++;
			System.out.printf("#      got: %s%n# expected: %s%n", got, expected);
		}
	}

	static Connection connect(String role) throws SQLException
	{
		return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + System.getenv("PGPORT") + "/" + System.getenv("PGDATABASE")
			+ "?user=" + role + "&prepareThreshold=2&sslmode=disable&gssEncMode=disable");
	}

	static PreparedStatement prepare(Connection connection, String sql, Object... values) throws SQLException
	{
		PreparedStatement statement = connection.prepareStatement(sql);

		for (int i = 0; i < values.length; i++)
			if (values[i] == null || values[i] instanceof String)
				statement.setString(i + 1, (String) values[i]);
			else
				statement.setObject(i + 1, values[i]);
		return statement;
	}

	// The columns of the first row, or null without one
	static String ask(Connection connection, String sql, Object... values) throws SQLException
	{
		try (PreparedStatement statement = prepare(connection, sql, values); ResultSet rows = statement.executeQuery())
		{
			if (!rows.next())
				return null;
			StringBuilder row = new StringBuilder();
			for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++)
				row.append(i > 1 ? "|" : "").append(rows.getString(i));
			return row.toString();
		}
	}

	static String code(Connection connection, String sql, Object... values)
	{
		try (PreparedStatement statement = prepare(connection, sql, values))
		{
			statement.execute();
			return null;
		}
		catch (SQLException error)
		{
			return error.getMessage().toLowerCase().contains("anne@") ? "the message repeats the address" : error.getSQLState();
		}
	}

	static void run() throws SQLException
	{
		String email = "Anne@jdbc.example", other = "anne@jdbc.EXAMPLE", insert = "INSERT INTO customer (email) VALUES (?)";

		try (Connection webshop = connect("webshop"); Connection operator = connect("postgres"); Connection aimless = connect("aimless");
			 Connection stranger = connect("stranger"); Connection mailing = connect("mailing"))
		{
			String[] row = ask(webshop, "INSERT INTO customer (email, phone, name, born, note) VALUES (?, ?, ?, ?, ?) RETURNING id, email",
				email, "0470 12 34 56", "Anne Claes", LocalDate.of(1980, 2, 3), null).split("\\|");
			int id = Integer.parseInt(row[0]);
			equal(row[1], email, "insert, with the plaintext returned");
			for (int i = 1; i <= 5; i++)
				equal(ask(webshop, "SELECT id FROM customer WHERE email = ?", other), row[0], "search by e-mail, in another case, time " + i);
			equal(ask(webshop, "SELECT id FROM customer WHERE email = ANY (?)", webshop.createArrayOf("varchar", new String[] { other, "nobody@example.com" })),
				row[0], "search by a list");
			equal(ask(webshop, "SELECT email, phone, name, born, note FROM customer WHERE id = ?", id),
				email + "|+32470123456|Anne Claes|1980-02-03|null", "read all columns");
			try (PreparedStatement statement = prepare(webshop, "SELECT born FROM customer WHERE id = ?", id); ResultSet rows = statement.executeQuery())
			{
				rows.next();
				equal(rows.getDate(1), Date.valueOf("1980-02-03"), "getDate of a date of birth");
			}
			try (PreparedStatement statement = prepare(webshop, "UPDATE customer SET phone = ?, note = ? WHERE email = ?", "0471 00 00 01", "a note", email))
			{
				equal(statement.executeUpdate(), 1, "update");
			}
			equal(ask(webshop, "SELECT phone, note FROM customer WHERE id = ?", id), "+32471000001|a note", "read the update");
			try (PreparedStatement statement = webshop.prepareStatement(insert))
			{
				for (int i = 0; i < 20; i++)
				{
					statement.setString(1, i + "@jdbc.example");
					statement.addBatch();
				}
				equal(statement.executeBatch().length, 20, "insert many");
			}
			equal(ask(operator, "SELECT email FROM customer WHERE id = ?", id).startsWith("gdpr1:"), true, "stored sealed, and shown so to the operator");

			equal(code(webshop, insert, other), "23505", "refused: 23505, the address is there already");
			equal(code(webshop, insert, "anne"), "22P02", "refused: 22P02, no address");
			equal(code(aimless, insert, email), "ZG001", "refused: ZG001, no purpose stated");
			equal(code(stranger, "SELECT email FROM customer"), "ZG002", "refused: ZG002, purpose not granted");
			equal(code(webshop, "INSERT INTO customer (email, purposes) VALUES (?, '{newsletter}')", email), "ZG004", "refused: ZG004, no consent");
			equal(ask(mailing, "SELECT email FROM customer"), null, "nobody is there for whom nothing is lawful");
			equal(code(webshop, "DELETE FROM customer WHERE email = ?", other), null, "delete");
		}
	}

	public static void main(String[] arguments)
	{
		try
		{
			run();
		}
		catch (Exception error)
		{
			failures++;
			System.out.println("# " + error);
		}
		System.out.println("1.." + count);
		System.exit(failures > 0 ? 1 : 0);
	}
}
