/* nsleep COUNT: how late clock_nanosleep wakes a thread, a hundred times a second. Prints one JSON line, figures in milliseconds. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>

enum { ROUNDS = 5, PERIOD_NS = 10000000 };

static long long now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void sleep_until(long long ns)
{
    struct timespec t = {ns / 1000000000LL, ns % 1000000000LL};
    while (clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &t, NULL) != 0) {
    }
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print_series(const char *name, const double *values, const char *end)
{
    printf("\"%s\":[", name);
    for (int i = 0; i < ROUNDS; i++)
        printf("%s%.4f", i ? "," : "", values[i]);
    printf("]%s", end);
}

int main(int argc, char **argv)
{
    int count = (argc > 1 ? atoi(argv[1]) : 500) / ROUNDS;
    double *late = calloc(count, sizeof *late), p50[ROUNDS], p99[ROUNDS], max[ROUNDS];
    prctl(PR_SET_TIMERSLACK, 1UL); /* as qschedd does */
    long long due = (now_ns() / 1000000 + 100) * 1000000;
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < count; i++) {
            due += PERIOD_NS;
            sleep_until(due);
            late[i] = (now_ns() - due) / 1e6;
        }
        qsort(late, count, sizeof *late, by_value);
        p50[round] = late[count / 2];
        p99[round] = late[count * 99 / 100];
        max[round] = late[count - 1];
    }
    printf("{");
    print_series("p50", p50, ",");
    print_series("p99", p99, ",");
    print_series("max", max, "}\n");
    return 0;
}
