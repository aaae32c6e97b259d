/* How fast watches on a whole tree can be: nftw and inotify_add_watch. Prints how many, and the seconds. */
#define _GNU_SOURCE
#include <ftw.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <time.h>

static const unsigned MASK = IN_CREATE | IN_CLOSE_WRITE | IN_MOVE | IN_DELETE | IN_MOVE_SELF
    | IN_ONLYDIR | IN_EXCL_UNLINK;
static int queue;
static long watches;

static int visit(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status, (void)place;
    if (type != FTW_D)
        return 0;
    if (inotify_add_watch(queue, path, MASK) < 0) {
        perror(path);
        return 1;
    }
    watches++;
    return 0;
}

int main(int count, char **arguments)
{
    struct timespec began, ended;
    if (count != 2 || (queue = inotify_init1(IN_NONBLOCK)) < 0)
        return 2;
    clock_gettime(CLOCK_MONOTONIC, &began);
    if (nftw(arguments[1], visit, 64, FTW_PHYS))
        return 1;
    clock_gettime(CLOCK_MONOTONIC, &ended);
    printf("%ld %.6f\n", watches,
        (ended.tv_sec - began.tv_sec) + (ended.tv_nsec - began.tv_nsec) / 1e9);
    return 0;
}
