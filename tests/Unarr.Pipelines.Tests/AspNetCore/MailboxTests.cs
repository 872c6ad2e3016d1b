using Unarr.Pipelines.AspNetCore;
using Xunit;

namespace Unarr.Pipelines.Tests.AspNetCore;

public sealed class MailboxTests
{
    [Fact]
    public void Events_are_taken_in_order_however_the_mailbox_grows_and_wraps()
    {
        Mailbox mailbox = new(bound: 100, SseOverflow.Disconnect);
        int posted = 0;
        int taken = 0;
        foreach (int count in (int[])[3, 5, 1, 90, 40, 100])
        {
            for (int i = 0; i < count; i++)
            {
                Assert.Equal(posted == taken ? PostOutcome.First : PostOutcome.Queued, mailbox.Post([(byte)posted]));
                posted++;
            }

            for (int left = count == 100 ? 0 : 1; posted - taken > left; taken++)
            {
                Assert.True(mailbox.TryTake(out byte[]? encoded));
                Assert.Equal((byte)taken, Assert.Single(encoded));
            }

            if (count == 40)
            {
                Assert.True(mailbox.TryTake(out _));
                taken++;
            }
        }

        Assert.False(mailbox.TryTake(out _));
    }

    [Fact]
    public void Closed_mailbox_is_finished_when_its_events_are_taken()
    {
        Mailbox mailbox = new(bound: 2, SseOverflow.Disconnect);
        mailbox.Post([1]);
        mailbox.Close();
        Assert.Equal(PostOutcome.Closed, mailbox.Post([2]));
        Assert.False(mailbox.IsFinished);
        Assert.True(mailbox.TryTake(out _));
        Assert.True(mailbox.IsFinished);
    }

    /// <summary>A reader that is to be cut must not see a proper end in the meantime.</summary>
    [Fact]
    public void Mailbox_that_has_overflowed_is_never_finished()
    {
        Mailbox mailbox = new(bound: 1, SseOverflow.Disconnect);
        mailbox.Post([1]);
        Assert.Equal(PostOutcome.Overflowed, mailbox.Post([2]));
        Assert.Equal(PostOutcome.Closed, mailbox.Post([3]));
        Assert.False(mailbox.TryTake(out _));
        mailbox.Close();
        Assert.False(mailbox.IsFinished);
    }
}
