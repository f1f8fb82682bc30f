/*
 * The board's random numbers, with registers made of functions: what a broken
 * generator gives must never become a key. QEMU has no such device.
 */
#include <check.h>
#include <stdbool.h>
#include <stdint.h>

#include "firmware_under_test/port/stm32f405/regs.h"
#include "support/fw_board.h"

static struct {
	const uint32_t *words; /* that DR gives, one a reading */
	size_t n_words, at;
	uint32_t errors; /* in SR */
	uint32_t cr, ahb2enr, sr;
	unsigned reads;
} dev;

static uint32_t *dev_sr(void)
{
	dev.reads++;
	dev.sr = dev.errors | (dev.at < dev.n_words ? 1u : 0u);
	return &dev.sr;
}

static uint32_t dev_dr(void)
{
	return dev.at < dev.n_words ? dev.words[dev.at++] : 0;
}

#undef RCC_AHB2ENR
#undef RNG_CR
#undef RNG_SR
#undef RNG_DR
#define RCC_AHB2ENR dev.ahb2enr
#define RNG_CR	    dev.cr
#define RNG_SR	    (*dev_sr())
#define RNG_DR	    dev_dr()
#include "firmware_under_test/port/stm32f405/rng.c"

static uint8_t got[16];

static void begin(const uint32_t *words, size_t n)
{
	memset(&dev, 0, sizeof(dev));
	memset(got, 0xee, sizeof(got));
	dev.words = words;
	dev.n_words = n;
	running = false;
	last = 0;
}

#define BEGIN(words) begin(words, sizeof(words) / sizeof(*(words)))

static const uint32_t good[] = {
	0x11111111, 0x04030201, 0x08070605, 0x0c0b0a09, 0x100f0e0d};

/* The first word is kept for comparison, and given to nobody. */
START_TEST(words_become_bytes_and_no_more_than_asked_for)
{
	static const uint8_t wanted[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};

	BEGIN(good);
	ck_assert_int_eq(rng_fill(got, (size_t)_i), 0);
	ck_assert_mem_eq(got, wanted, (size_t)_i);
	ck_assert_uint_eq(got[_i], 0xee);
	ck_assert_uint_eq(dev.at, _i == 0 ? 0 : 1 + ((size_t)_i + 3) / 4);
	if (_i > 0) {
		ck_assert_uint_eq(dev.ahb2enr, RCC_AHB2ENR_RNGEN);
		ck_assert_uint_eq(dev.cr, RNG_CR_RNGEN);
	}
}
END_TEST

START_TEST(a_second_call_goes_on_where_the_first_ended)
{
	BEGIN(good);
	ck_assert_int_eq(rng_fill(got, 4), 0);
	ck_assert_int_eq(rng_fill(got, 4), 0);
	ck_assert_uint_eq(got[0], 5);
	ck_assert_uint_eq(dev.at, 3);
}
END_TEST

/* FIPS 140-2's continuous test, and a line that is stuck at 0. */
static const uint32_t stuck[][5] = {
	{7, 7, 1, 2, 3},
	{7, 8, 8, 1, 2},
	{0, 8, 9, 1, 2},
	{7, 0, 9, 1, 2},
	{7, 8, 0, 1, 2},
	{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
};

START_TEST(a_word_that_comes_again_or_is_zero_is_an_error)
{
	BEGIN(stuck[_i]);
	ck_assert_int_eq(rng_fill(got, 8), -1);
	ck_assert(!running);
}
END_TEST

/* What was there before the failure is not compared with, nor used. */
START_TEST(behind_an_error_it_starts_anew)
{
	static const uint32_t words[] = {7, 7, 7, 0x04030201};

	BEGIN(words);
	ck_assert_int_eq(rng_fill(got, 4), -1);
	ck_assert_int_eq(rng_fill(got, 4), 0);
	ck_assert_uint_eq(got[0], 1);
	ck_assert_uint_eq(dev.at, 4);
}
END_TEST

static const uint32_t errors[] = {
	RNG_SR_SECS, RNG_SR_CECS, RNG_SR_SEIS, RNG_SR_CEIS};

START_TEST(an_error_of_seed_or_clock_is_reported_though_a_word_is_there)
{
	BEGIN(good);
	dev.errors = errors[_i];
	ck_assert_int_eq(rng_fill(got, 4), -1);
	ck_assert_uint_eq(dev.at, 0);
	ck_assert_uint_eq(got[0], 0xee);
	dev.errors = 0;
	ck_assert_int_eq(rng_fill(got, 4), 0);
	dev.errors = errors[_i];
	ck_assert_int_eq(rng_fill(got, 4), -1);
}
END_TEST

/* As in QEMU, where SR reads 0. */
START_TEST(a_generator_that_never_is_ready_is_given_up)
{
	begin(NULL, 0);
	ck_assert_int_eq(rng_fill(got, 4), -1);
	ck_assert_uint_le(dev.reads, TRIES + 2);
	ck_assert_uint_ge(dev.reads, TRIES / 2);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("rng");

	tcase_add_loop_test(
		tc, words_become_bytes_and_no_more_than_asked_for, 0, 12);
	tcase_add_test(tc, a_second_call_goes_on_where_the_first_ended);
	tcase_add_loop_test(tc, a_word_that_comes_again_or_is_zero_is_an_error,
		0, (int)(sizeof(stuck) / sizeof(*stuck)));
	tcase_add_test(tc, behind_an_error_it_starts_anew);
	tcase_add_loop_test(tc,
		an_error_of_seed_or_clock_is_reported_though_a_word_is_there, 0,
		(int)(sizeof(errors) / sizeof(*errors)));
	tcase_add_test(tc, a_generator_that_never_is_ready_is_given_up);
	return fw_run("fw rng", tc);
}
