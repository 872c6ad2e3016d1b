using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Unarr.Agents.Hub.Agents;
using Unarr.Agents.Hub.Keys;
using Unarr.Agents.Hub.Signals;
using Unarr.ControlPlane.Keys;

namespace Unarr.ControlPlane.Operator;

/// <summary>Who has signed in with the operator's key: random tokens, known here by their digests only,
/// for as long as the process lives.</summary>
/// <remarks>A session ends when it is closed, after <see cref="Lifetime"/>, when the operator's key is replaced,
/// or when newer ones take its place. Nodes of one fleet share their sessions; what they share proves nothing without the operator's
/// key.</remarks>
internal sealed class OperatorSessions(KeyRing keys, AgentDirectory agents, TimeProvider time, Fleet? fleet)
{
    /// <summary>How long a session lasts, used or not.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(12);

    /// <summary>How many sessions there may be; one more ends the oldest.</summary>
    public const int MaxSessions = 64;

    private const int TokenBytes = 32;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Session> _sessions = new(StringComparer.Ordinal);

    /// <summary>Opens a session.</summary>
    /// <returns>Its token: the only thing that proves it.</returns>
    /// <exception cref="ControlStoreException">The other nodes cannot learn of it.</exception>
    public async Task<string> OpenAsync(CancellationToken cancellationToken)
    {
        string token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TokenBytes));
        if (fleet is not null)
        {
            await fleet.OpenSessionAsync(Digest(token), keys.Current.ProofOf(token), cancellationToken).ConfigureAwait(false);
            return token;
        }

        Add(token);
        return token;
    }

    private void Add(string token)
    {
        lock (_gate)
        {
            foreach ((string digest, Session session) in _sessions)
            {
                if (!IsValid(session))
                {
                    _sessions.Remove(digest);
                }
            }

            if (_sessions.Count == MaxSessions)
            {
                _sessions.Remove(_sessions.MinBy(session => session.Value.Opened).Key);
            }

            _sessions.Add(Digest(token), new Session(time.GetTimestamp(), keys.Current));
        }
    }

    public bool IsOpen(string token)
    {
        if (fleet is not null)
        {
            return fleet.FindSession(Digest(token)) == keys.Current.ProofOf(token);
        }

        lock (_gate)
        {
            return _sessions.TryGetValue(Digest(token), out Session session) && IsValid(session);
        }
    }

    /// <summary>Ends a session and what goes on in its name.</summary>
    /// <exception cref="ControlStoreException">The other nodes cannot learn of it.</exception>
    public async Task CloseAsync(string token, CancellationToken cancellationToken)
    {
        if (fleet is not null)
        {
            await fleet.CloseSessionAsync(Digest(token), cancellationToken).ConfigureAwait(false);
        }

        lock (_gate)
        {
            _sessions.Remove(Digest(token));
        }

        // The operator's streams look again at each change, also at whether they may go on.
        agents.Changes.Raise();
    }

    private bool IsValid(Session session) => time.GetElapsedTime(session.Opened) < Lifetime && session.Keys.HasSameOperator(keys.Current);

    private static string Digest(string token) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    private readonly record struct Session(long Opened, ApiKeys Keys);
}
