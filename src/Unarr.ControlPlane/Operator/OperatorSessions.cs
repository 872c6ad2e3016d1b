using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Unarr.Agents.Hub.Agents;
using Unarr.Agents.Hub.Keys;
using Unarr.Agents.Hub.Signals;
using Unarr.ControlPlane.Keys;

namespace Unarr.ControlPlane.Operator;

/// <summary>Who has signed in with an operator's key: random tokens, known here by their digests only,
/// for as long as the process lives.</summary>
/// <remarks>A session ends when it is closed, after <see cref="Lifetime"/>, when the key of its operator is replaced,
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

    /// <summary>Opens a session of an operator.</summary>
    /// <returns>Its token: the only thing that proves it.</returns>
    /// <exception cref="ControlStoreException">The other nodes cannot learn of it.</exception>
    public async Task<string> OpenAsync(string operatorName, CancellationToken cancellationToken)
    {
        string token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TokenBytes));
        if (fleet is not null)
        {
            string proof = keys.Current.ProofOf(operatorName, token);
            await fleet.OpenSessionAsync(Digest(token), proof, cancellationToken).ConfigureAwait(false);
            return token;
        }

        Add(token, operatorName);
        return token;
    }

    private void Add(string token, string operatorName)
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

            _sessions.Add(Digest(token), new Session(time.GetTimestamp(), keys.Current, operatorName));
        }
    }

    public bool IsOpen(string token) => Find(token) is not null;

    /// <summary>The name of the operator whose session it is; <see langword="null"/> when it is not open.</summary>
    public string? Find(string token)
    {
        if (fleet is not null)
        {
            return fleet.FindSession(Digest(token)) is { } proof ? keys.Current.FindProver(proof, token) : null;
        }

        lock (_gate)
        {
            return _sessions.TryGetValue(Digest(token), out Session session) && IsValid(session) ? session.Operator : null;
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

    private bool IsValid(Session session) =>
        time.GetElapsedTime(session.Opened) < Lifetime && session.Keys.HasSameOperator(keys.Current, session.Operator);

    private static string Digest(string token) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    private readonly record struct Session(long Opened, ApiKeys Keys, string Operator);
}
