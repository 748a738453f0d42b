"""What an application does through a Python driver of DB-API, without knowing of the extension."""

import datetime

from tap import done, equal, ok

EMAIL, PHONE, NAME, BORN, IP = "Anne@{}.example", "+32470123456", "Anne Claes", "1980-02-03", "192.0.2.17"


def run(driver, connect, code_of, address=str):
    """connect(role) opens a connection; code_of(error) is the SQLSTATE that the driver shows."""
    email, other = EMAIL.format(driver), "anne@{}.EXAMPLE".format(driver)
    webshop = connect("webshop")
    cursor = webshop.cursor()

    def ask(sql, *values):
        cursor.execute(sql, values)
        return cursor.fetchall() if cursor.description else cursor.rowcount

    row = ask(
        "INSERT INTO customer (email, phone, name, born, last_address, note) VALUES (%s, %s, %s, %s, %s, %s) RETURNING id, email",
        email, "0470 12 34 56", NAME, datetime.date(1980, 2, 3), address(IP), None)
    number = row[0][0]
    equal(row[0][1], email, "insert, with the plaintext returned")
    equal(ask("SELECT id FROM customer WHERE email = %s", other), [(number,)], "search by e-mail, in another case")
    equal(ask("SELECT id FROM customer WHERE email = ANY (%s)", [other, "nobody@example.com"]), [(number,)], "search by a list")
    equal(ask("SELECT id FROM customer WHERE last_address = %s", address(IP)), [(number,)], "search by the driver's type of address")
    equal(ask("SELECT email, phone, name, born, last_address, note FROM customer WHERE id = %s", number),
          [(email, PHONE, NAME, BORN, IP, None)], "read all columns")
    equal(ask("UPDATE customer SET phone = %s, note = %s WHERE email = %s", "0471 00 00 01", "calls: 100 % \\ 'O''", email), 1, "update")
    equal(ask("SELECT phone, note FROM customer WHERE id = %s", number), [("+32471000001", "calls: 100 % \\ 'O''")], "read the update")
    cursor.executemany("INSERT INTO customer (email, name) VALUES (%s, %s)",
                       [(f"{i}@{driver}.example", f"Name {i}") for i in range(20)])
    equal(ask("SELECT count(*), count(DISTINCT email) FROM customer WHERE name = 'Name 7' AND email = %s", f"7@{driver}.example"),
          [(1, 1)], "insert many")
    webshop.commit()

    operator = connect("postgres")
    operator_cursor = operator.cursor()
    operator_cursor.execute("SELECT email, note FROM customer WHERE id = %s", (number,))
    ok(all(value.startswith("gdpr1:") for value in operator_cursor.fetchone()), "stored sealed, and shown so to the operator")

    def code(connection, sql, *values):
        try:
            connection.cursor().execute(sql, values)
        except Exception as error:
            connection.rollback()
            if email.lower() in str(error).lower():
                return "the message repeats the address"
            return code_of(error)
        return None

    insert = "INSERT INTO customer (email) VALUES (%s)"
    equal(code(webshop, insert, other), "23505", "refused: 23505, the address is there already")
    equal(code(webshop, insert, "anne"), "22P02", "refused: 22P02, no address")
    equal(code(connect("aimless"), insert, email), "ZG001", "refused: ZG001, no purpose stated")
    equal(code(connect("stranger"), "SELECT email FROM customer"), "ZG002", "refused: ZG002, purpose not granted")
    equal(code(webshop, "INSERT INTO customer (email, purposes) VALUES (%s, '{newsletter}')", email), "ZG004",
          "refused: ZG004, no consent")
    mailing = connect("mailing").cursor()
    mailing.execute("SELECT email FROM customer")
    equal(mailing.fetchall(), [], "nobody is there for whom nothing is lawful")
    equal(ask("DELETE FROM customer WHERE email = %s", other), 1, "delete")
    webshop.commit()
    done()
