using Microsoft.Extensions.DependencyInjection;

namespace Unarr.EndToEnd.Tests.Nats;

public sealed class NatsAddressTests
{
    [Theory]
    [InlineData("nats://me:s3cret@127.0.0.1:4222")]
    [InlineData("tls://s3cret@127.0.0.1")]
    [InlineData("nats://127.0.0.1,me:s3,cret@127.0.0.1")]
    public void Address_with_a_user_or_a_password_is_refused_and_not_repeated(string servers)
    {
        ArgumentException refusal = Assert.Throws<ArgumentException>(() => new ServiceCollection().AddAgentHub().UseNats(servers));
        Assert.Contains("no password", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3", refusal.ToString(), StringComparison.Ordinal);
    }
}
