using Unarr.Pipelines.Http;
using Xunit;

namespace Unarr.Pipelines.Tests.Http;

/// <summary>A rotation is noticed once, when a new key is accepted after an old one was refused.</summary>
public sealed class KeyRotationTests
{
    private readonly KeyRotation _rotation = new();
    private int _noticed;

    public KeyRotationTests() => _rotation.Noticed += () => _noticed++;

    [Fact]
    public void New_key_that_is_accepted_after_a_refusal_is_noticed_once()
    {
        _rotation.Refused("old");
        _rotation.Accepted("new");
        _rotation.Accepted("new");

        Assert.Equal(1, _noticed);
    }

    [Fact]
    public void Key_that_one_endpoint_refuses_and_another_accepts_is_no_rotation()
    {
        _rotation.Refused("same");
        _rotation.Accepted("same");

        Assert.Equal(0, _noticed);
    }

    [Fact]
    public void New_key_without_a_refusal_is_nothing_to_tell()
    {
        _rotation.Accepted("old");
        _rotation.Accepted("new");

        Assert.Equal(0, _noticed);
    }
}
