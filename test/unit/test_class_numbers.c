/*
 * test_class_numbers.c
 *		Numbers with check digits, devices, networks, health codes and JSON. The vectors are published examples or
 *		numbers constructed from the rule.
 *
 * Links: pii/class.c pii/classes/*.c
 */
#include "class_run.h"
#include "pii/classes/digits.h"

static void
national_numbers(void)
{
	static const char *const numbers[][2] = {
		{"85.07.30-033.28", "85073003328"}, {"17.07.30-033.84", "17073003384"},
		{"00000100166", "00000100166"},		{"00000100195", "00000100195"},
		{"00000000128", "00000000128"},		{"00010000135", "00010000135"},
		{"85073500107", "85073500107"},		{"90.01.01-001.23", "90010100123"},
		{"00.01.01-001.05", "00010100105"}, {"12.02.29-001.06", "12022900106"}};
	static const char *const bis[][2] = {{"98.47.28-997.65", "98472899765"},
										 {"01 49 07 001 85", "01490700185"},
										 {"75.46.08-980.95", "75460898095"},
										 {"75.26.08-980.52", "75260898052"}};
	static const char *const bad[] = {"85073003329",	"12345678901",	   "85133000105",
									  "8507300333",		"850730033280",	   "00000000000",
									  "85533000191",	"85.07.30-033.2x", "",
									  "85,07.30-033.28"};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
	{
		accepts("be_national_number", numbers[i][0], numbers[i][1]);
		accepts("national_id", numbers[i][0], numbers[i][1]);
		rejects("be_bis", numbers[i][0]);
		ok(gdpr_is_belgian_national_number(numbers[i][1], 11), "needs an authorisation");
	}
	for (size_t i = 0; i < sizeof(bis) / sizeof(bis[0]); i++)
	{
		accepts("be_bis", bis[i][0], bis[i][1]);
		accepts("national_id", bis[i][0], bis[i][1]);
		rejects("be_national_number", bis[i][0]);
		ok(gdpr_is_belgian_national_number(bis[i][1], 11), "needs an authorisation");
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
	{
		rejects("be_national_number", bad[i]);
		rejects("be_bis", bad[i]);
		rejects("national_id", bad[i]);
		ok(!gdpr_is_belgian_national_number(bad[i], strlen(bad[i])), "is not Belgian");
	}
	ok(!gdpr_is_belgian_national_number("36574261809", 11), "a German number is not Belgian");
	ok(!gdpr_is_belgian_national_number("111222333", 9), "a Dutch number is not Belgian");
	accepts("national_id", "BE:85.07.30-033.28", "85073003328");
	accepts("national_id", "８５０７３００３３２８", "85073003328");
	rejects("national_id", "NL:85.07.30-033.28");
	compares("national_id", "85.07.30-033.28", "850730 033 28", true);
}

static void
neighbours(void)
{
	accepts("nl_bsn", "111222333", "111222333");
	accepts("nl_bsn", "123456782", "123456782");
	accepts("nl_bsn", "1112.22.333", "111222333");
	accepts("nl_bsn", "10000008", "010000008");
	accepts("national_id", "NL-1112.22.333", "111222333");
	accepts("national_id", "10000008", "010000008");
	rejects("nl_bsn", "111252333");
	rejects("nl_bsn", "000000000");
	rejects("nl_bsn", "12345678");
	rejects("nl_bsn", "1112223331");
	accepts("fr_nir", "2 95 10 99 126 111 93", "295109912611193");
	accepts("fr_nir", "255081416802538", "255081416802538");
	accepts("fr_nir", "253072B07300470", "253072B07300470");
	accepts("fr_nir", "253072a07300443", "253072A07300443");
	accepts("national_id", "2 95 10 99 126 111 93", "295109912611193");
	rejects("fr_nir", "295109912611199");
	rejects("fr_nir", "253072C07300443");
	rejects("fr_nir", "25508141680253");
	accepts("de_steuer_id", "36 574 261 809", "36574261809");
	accepts("de_steuer_id", "86095742719", "86095742719");
	accepts("de_steuer_id", "47036892816", "47036892816");
	accepts("de_steuer_id", "65929970489", "65929970489");
	accepts("de_steuer_id", "11123456786", "11123456786");
	accepts("national_id", "DE 86095742719", "86095742719");
	rejects("de_steuer_id", "36574261890");
	rejects("de_steuer_id", "36554266806");
	rejects("de_steuer_id", "01234567896");
	rejects("de_steuer_id", "11112345678");
}

static void
cards(void)
{
	accepts("id_card", "591-1917064-58", "591191706458");
	accepts("id_card", "000-0011032-71", "000001103271");
	accepts("be_eid_card", "591-2010999-97", "591201099997");
	rejects("id_card", "000-0011032-25");
	rejects("id_card", "591-2010999-00");
	rejects("id_card", "590-0000000-00");
	rejects("id_card", "591-1917064-5");
	rejects("id_card", "");
	accepts("payment_card", "4111 1111 1111 1111", "4111111111111111");
	accepts("payment_card", "5555555555554444", "5555555555554444");
	accepts("payment_card", "378282246310005", "378282246310005");
	accepts("payment_card", "6011111111111117", "6011111111111117");
	accepts("payment_card", "3530111333300000", "3530111333300000");
	accepts("payment_card", "30569309025904", "30569309025904");
	rejects("payment_card", "4111111111111112");
	rejects("payment_card", "0000000000000000");
	rejects("payment_card", "411");
	ok(gdpr_mrz_check("L898902C3", 9) == '6', "check digit of the ICAO specimen's number");
	ok(gdpr_mrz_check("740812", 6) == '2', "... of its birth");
	ok(gdpr_mrz_check("120415", 6) == '9', "... of its expiry");
	accepts("passport_mrz", "L898902C36", "L898902C36");
	accepts("passport_mrz", "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
			"L898902C36UTO7408122F1204159ZE184226B<<<<<10");
	accepts("passport_mrz",
			"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10",
			"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10");
	rejects("passport_mrz", "L898902C37");
	rejects("passport_mrz", "L898902C36UTO7408123F1204159ZE184226B<<<<<10");
	rejects("passport_mrz", "L898902C36UTO7408122F1204158ZE184226B<<<<<10");
	rejects("passport_mrz", "L898902C36UTO7408122F1204159ZE184226B<<<<<11");
	rejects("passport_mrz", "");
}

static void
accounts(void)
{
	static const char *const ibans[] = {"BE71096123456769",
										"BE31435411161155",
										"BE54310100270097",
										"NL91ABNA0417164300",
										"FR1420041010050500013M02606",
										"DE89370400440532013000",
										"LU280019400644750000",
										"GB29NWBK60161331926819",
										"NO9386011117947",
										"MT84MALT011000012345MTLCAST001S"};

	for (size_t i = 0; i < sizeof(ibans) / sizeof(ibans[0]); i++)
		accepts("iban", ibans[i], ibans[i]);
	accepts("iban", "BE68 5390 0754 7034", "BE68539007547034");
	accepts("iban", "IBAN nl91 abna 0417 1643 00", "NL91ABNA0417164300");
	rejects("iban", "BE68539007547035");
	rejects("iban", "BE54310100270000");
	rejects("iban", "XX431234");
	rejects("iban", "BE6853900754703");
	rejects("iban", "BE685390075470344");
	rejects("iban", "NL91ABNA0417164301");
	rejects("iban", "");
	accepts("be_account", "539-0075470-34", "539007547034");
	rejects("be_account", "539-0075470-35");
	rejects("be_account", "310100270000");
	accepts("be_enterprise", "0202.239.951", "0202239951");
	accepts("be_enterprise", "BE0403.019.261", "0403019261");
	accepts("be_enterprise", "BE 0428759497", "0428759497");
	accepts("be_enterprise", "428759497", "0428759497");
	rejects("be_enterprise", "BE431150351");
	rejects("be_enterprise", "BE0202239952");
	rejects("be_enterprise", "2202239951");
}

static void
devices(void)
{
	accepts("imei", "490154203237518", "490154203237518");
	accepts("imei", "356938035643809", "356938035643809");
	accepts("imei", "35-209900-176148-1", "352099001761481");
	accepts("imei", "3568680000414120", "3568680000414120");
	accepts("imei", "35-209900-176148", "35209900176148");
	rejects("imei", "35-417803-685978-1");
	rejects("imei", "3520990017614");
	rejects("imei", "35209900176148x");
	accepts("imsi", "001010123456789", "001010123456789");
	accepts("imsi", "206011234567890", "206011234567890");
	rejects("imsi", "00101012345678");
	rejects("imsi", "00101012345678a");
	rejects("imsi", "100010123456789");
	accepts("iccid", "8932042000001234562", "8932042000001234562");
	rejects("iccid", "8932042000001234563");
	rejects("iccid", "7932042000001234562");
	accepts("mac", "00:00:5e:00:53:01", "00:00:5e:00:53:01");
	accepts("mac", "D0-50-99-84-A2-A0", "d0:50:99:84:a2:a0");
	accepts("mac", "0000.5e00.5301", "00:00:5e:00:53:01");
	accepts("mac", "00005e005301", "00:00:5e:00:53:01");
	rejects("mac", "zz:50:99:84:a2:a0");
	rejects("mac", "00:00:5e:00:53:0");
	rejects("mac", "00:00-5e:00:53:01");
	accepts("advertising_id", "6D92078A-8246-4ba4-ae5b-76104861e7dc", "6d92078a-8246-4ba4-ae5b-76104861e7dc");
	rejects("advertising_id", "00000000-0000-0000-0000-000000000000");
	rejects("advertising_id", "6d92078a-8246-4ba4-ae5b-76104861e7d");
	rejects("advertising_id", "6d92078a82464ba4ae5b76104861e7dc");
	accepts("android_id", "9774D56D682E549C", "9774d56d682e549c");
	rejects("android_id", "9774d56d682e549");
	accepts("cookie_id", "GA1.2.1234567890.1234567890", "GA1.2.1234567890.1234567890");
	rejects("cookie_id", "short");
	rejects("cookie_id", "eight ch");
	{
		char long_id[130];

		memset(long_id, 'a', 128);
		long_id[128] = 0;
		accepts("cookie_id", long_id, long_id);
		strcpy(long_id + 128, "a");
		rejects("cookie_id", long_id);
	}
}

/* The class tells the kinds apart, and takes no failed number for a cookie. */
static void
any_device(void)
{
	accepts("device_id", "490154203237518", "490154203237518");
	accepts("device_id", "35-209900-176148-1", "352099001761481");
	accepts("device_id", "3568680000414120", "3568680000414120");
	accepts("device_id", "001010123456789", "001010123456789");
	accepts("device_id", "8932042000001234562", "8932042000001234562");
	accepts("device_id", "D0-50-99-84-A2-A0", "d0:50:99:84:a2:a0");
	accepts("device_id", "6D92078A-8246-4ba4-ae5b-76104861e7dc", "6d92078a-8246-4ba4-ae5b-76104861e7dc");
	accepts("device_id", "9774d56d682e549c", "9774d56d682e549c");
	accepts("device_id", "GA1.2.1234567890.1234567890", "GA1.2.1234567890.1234567890");
	accepts("device_id", "1234567890.1234567890", "1234567890.1234567890");
	accepts("device_id", "d41d8cd98f00b204e9800998ecf8427e", "d41d8cd98f00b204e9800998ecf8427e");
	rejects("device_id", "35-417803-685978-1");
	rejects("device_id", "354178036859781");
	rejects("device_id", "9774d56d682e549");
	rejects("device_id", "6d92078a-8246-4ba4-ae5b-76104861e7d");
	rejects("device_id", "00000000-0000-0000-0000-000000000000");
	rejects("device_id", "zz:50:99:84:a2:a0");
	rejects("device_id", "12345678");
	rejects("device_id", "BE68539007547034");
	rejects("device_id", "Vandenberghe");
	rejects("device_id", "Anne-Sophie");
	rejects("device_id", "1996-07-04");
	rejects("device_id", "123456789.50");
	rejects("device_id", "4111111111111111");
	rejects("device_id", "0470123456");
	rejects("device_id", "85.07.30-033.28");
	accepts("device_id", "sess_4f9Zk2", "sess_4f9Zk2");
	rejects("device_id", "");
}

static void
addresses(void)
{
	accepts("ip", "192.0.2.77", "192.0.2.77");
	accepts("ip", "::ffff:192.0.2.1", "192.0.2.1");
	accepts("ip", "::FFFF:c000:201", "192.0.2.1");
	accepts("ip", "2001:DB8:1:2::77", "2001:db8:1:2::77");
	accepts("ip", "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1");
	accepts("ip", "2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1");
	accepts("ip", "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1");
	accepts("ip", "::", "::");
	accepts("ip", "::1", "::1");
	accepts("ip", "1::", "1::");
	accepts("ip", "64:ff9b::192.0.2.33", "64:ff9b::c000:221");
	accepts("ip", "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0");
	rejects("ip", "1.2.3");
	rejects("ip", "256.1.1.1");
	rejects("ip", "192.0.2.1/24");
	rejects("ip", "2001:db8:::1");
	rejects("ip", "2001:db8::1::2");
	rejects("ip", "1:2:3:4:5:6:7:8:9");
	rejects("ip", "1:2:3:4:5:6:7");
	rejects("ip", "1:2:3:4:5:6:7:8::");
	rejects("ip", "1::2:3:4:5:6:7:8");
	rejects("ip", "12345::");
	rejects("ip", "01.2.3.4");
	rejects("ip", "1.2.3.4.5");
	rejects("ip", "1.2.3.");
	rejects("ip", ":1");
	rejects("ip", "1:");
	rejects("ip", "fe80::1%eth0");
	rejects("ip", "::192.0.2.1:1");
	rejects("ip", "jan.peeters@example.com");
	rejects("ip", "");
	compares("ip", "::ffff:192.0.2.1", "192.0.2.1", true);
}

static void
health_codes(void)
{
	accepts("icd10", "E11.9", "E11.9");
	accepts("icd10", "e11", "E11");
	accepts("icd10", "S72.001A", "S72.001A");
	rejects("icd10", "11E");
	rejects("icd10", "E11.");
	rejects("icd10", "U07.1");
	rejects("icd10", "E119");
	accepts("atc", "c09aa05", "C09AA05");
	rejects("atc", "C9AA05");
	rejects("atc", "W09AA05");
	accepts("be_inami", "1-00001-06-001", "10000106001");
	rejects("be_inami", "1-00001-07-001");
	rejects("be_inami", "1-00001-06-01");
}

static void
json(void)
{
	static const char *const good[] = {"{}",
									   "[]",
									   "null",
									   "true",
									   "-0.5e+10",
									   "\"\"",
									   "{\"a\": [1, {\"b\": null}, \"\\u00e9\\n\"]}",
									   "[[],{}]",
									   "[ 1 , 2 ]",
									   "0",
									   "1E5"};
	static const char *const bad[] = {"",	"{",	   "[1,]",	   "{\"a\":1,}", "{a:1}",	  "'a'", "01",
									  "1.", ".5",	   "+1",	   "[1 2]",		 "\"a",		  "nul", "[}",
									  "{]", "{\"a\"}", "\"\x01\"", "\"\\x\"",	 "\"\\u12\"", "1 2", "[],",
									  "-",	"1e",	   "[,1]",	   "{\"a\":}",	 "NaN"};
	char deep[2100];

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		accepts("json", good[i], good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		rejects("json", bad[i]);
	memset(deep, '[', 1024);
	memset(deep + 1024, ']', 1024);
	deep[2048] = 0;
	accepts("json", deep, deep);
	memset(deep, '[', 1025);
	memset(deep + 1025, ']', 1025);
	deep[2050] = 0;
	rejects("json", deep);
}

int
main(void)
{
	national_numbers();
	neighbours();
	cards();
	accounts();
	devices();
	any_device();
	addresses();
	health_codes();
	json();
	return done_testing();
}
